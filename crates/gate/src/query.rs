//! Operations of the Query API: parameters in, XML out.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::{self, FromQuery, Service, ToXml};
use keystead_aws::xml::{self, Writer};

use crate::authenticate::{Asked, Authenticated};
use crate::authorize::{authorize, check_session};
use crate::context::Context;
use crate::dispatch::{Admission, Execution, Format};
use crate::gate::Gate;
use crate::operation::{Handler, Kind, Operation};
use crate::{audit, json};

/// An operation of IAM or STS behind the Query protocol.
pub struct Query<O>(pub O);

/// The service that has an operation of that name.
pub(crate) fn service_of(name: &str) -> &'static Service {
    if model::STS.has(name) { &model::STS } else { &model::IAM }
}

impl<O: Operation> Query<O>
where
    O::Input: FromQuery,
    O::Output: ToXml,
{
    fn authorized(cx: &Context, asked: Asked) -> Result<Execution<O>> {
        let service = service_of(O::NAME);
        let Asked::Query(params) = asked else {
            return Err(Fault::internal("a Query operation was asked in JSON"));
        };
        let input = O::Input::from_query(&params)?;
        if O::NEEDS_PERMISSION {
            let action = format!("{}:{}", service.name, O::NAME);
            // First of all: what a session may not do at all, it is told nothing about.
            check_session(cx, &action)?;
            authorize(cx, &action, &O::resource(cx, &input)?, &O::context_keys(cx, &input))?;
        }
        // Reads are audited by number: what each asked for is not kept.
        let parameters = match O::KIND {
            Kind::Read => serde_json::Value::Null,
            Kind::Write => audit::query_parameters(&params),
        };
        Ok(Execution {
            cx: cx.clone(),
            input,
            parameters,
            service: service.name,
            format: Format::Xml(service),
            render: |output, request_id| {
                let xmlns = service_of(O::NAME).xmlns;
                let result = |writer: &mut Writer| output.to_xml(writer);
                Ok(xml::write_response(O::NAME, xmlns, output.has_result(), &result, request_id))
            },
            content_type: "text/xml",
        })
    }
}

impl<O: Operation> Handler for Query<O>
where
    O::Input: FromQuery,
    O::Output: ToXml,
{
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn service(&self) -> &'static str {
        service_of(O::NAME).name
    }

    fn kind(&self) -> Kind {
        O::KIND
    }

    fn takes_strangers(&self) -> bool {
        O::TAKES_STRANGERS
    }

    fn route(&self) -> Option<json::Route> {
        None
    }

    fn admit(&self, gate: &Arc<Gate>, request: Authenticated) -> Admission {
        let cx = Context::new(gate, request.caller, request.now);
        match Self::authorized(&cx, request.asked) {
            Ok(execution) => execution.admission(),
            Err(fault) => {
                gate.auditor.finished(&cx, self.service(), O::NAME, Some(&fault));
                Admission::Done(Format::Xml(service_of(O::NAME)).fault(&fault, &cx.caller.request_id))
            }
        }
    }
}
