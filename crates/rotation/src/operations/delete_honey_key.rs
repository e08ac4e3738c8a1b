//! DeleteHoneyKey: a honey key raises no more alarms. What came of it stays in the leak reports.

use keystead_aws::error::Result;
use keystead_core::{AccessKeyId, Arn};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::leaks::honey;

/// DeleteHoneyKey.
pub struct DeleteHoneyKey;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub access_key_id: String,
}

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its id.
    pub access_key_id: String,
}

impl Operation for DeleteHoneyKey {
    type Input = Input;
    type Prepared = AccessKeyId;
    type Output = Output;
    const NAME: &'static str = "DeleteHoneyKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(honey::arn(cx, &input.access_key_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<AccessKeyId> {
        input.access_key_id.parse().map_err(|_| honey::not_found(&input.access_key_id))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, id: &AccessKeyId) -> Result<Output> {
        if !tx.honey_keys().delete(cx.account(), *id)? {
            return Err(honey::not_found(&id.to_string()));
        }
        tx.touch(Touched::AccessKey(*id));
        Ok(Output { access_key_id: id.to_string() })
    }
}

impl RestOperation for DeleteHoneyKey {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/honey-keys/{access_key_id}" };
}
