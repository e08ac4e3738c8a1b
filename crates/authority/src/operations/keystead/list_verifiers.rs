//! ListVerifiers: the services that may ask, without their tokens.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use super::create_verifier::arn;

/// ListVerifiers.
pub struct ListVerifiers;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The verifiers, by name.
    pub verifiers: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A verifier without its token.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    verifier_id: String,
    name: String,
    services: Vec<String>,
    hosts: Vec<String>,
    trusts_forwarded: bool,
    trusts_certificates: bool,
    created_at: String,
}

impl Operation for ListVerifiers {
    type Input = After;
    type Prepared = After;
    type Output = Output;
    const NAME: &'static str = "ListVerifiers";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(arn(cx.account(), "*"))
    }

    fn prepare(_: &Context, input: After) -> Result<After> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &After) -> Result<Output> {
        let found = tx.verifiers().list(cx.account(), input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        let verifiers = found.into_iter().map(|row| Shown {
            verifier_id: row.id,
            name: row.name,
            services: row.services,
            hosts: row.hosts,
            trusts_forwarded: row.trusts_forwarded,
            trusts_certificates: row.trusts_certificates,
            created_at: row.created_at.to_iso8601(),
        });
        Ok(Output { verifiers: verifiers.collect(), next })
    }
}

impl RestOperation for ListVerifiers {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/verifiers" };
}
