//! ReportApplied: an agent says that a key is in place: that it serves it, or that the files hold it and were read
//! again.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, KeyId};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// ReportApplied.
pub struct ReportApplied;

/// What is applied.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The key that is in place.
    pub access_key_id: String,
}

/// What was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The key.
    pub access_key_id: String,
}

impl Operation for ReportApplied {
    type Input = Input;
    type Prepared = KeyId;
    type Output = Output;
    const NAME: &'static str = "ReportApplied";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), cx.credential_id()?))
    }

    fn prepare(_: &Context, input: Input) -> Result<KeyId> {
        input
            .access_key_id
            .parse()
            .map_err(|error| Fault::ValidationError(format!("`access_key_id`: {error}.")))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, key: &KeyId) -> Result<Output> {
        let gone = || Fault::NoSuchEntity("The consumer has been removed.".to_owned());
        let mut consumer = tx.consumers().find(cx.account(), cx.consumer_id()?)?.ok_or_else(gone)?;
        if tx.custody().find_copy(cx.account(), &consumer.credential_id, *key)?.is_none() {
            return Err(Fault::NoSuchEntity(format!("{key} is not a key of this credential.")));
        }
        (consumer.applied_access_key_id, consumer.applied_at) = (Some(*key), Some(cx.now));
        tx.consumers().update(&consumer)?;
        Ok(Output { access_key_id: key.to_string() })
    }
}

impl RestOperation for ReportApplied {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/consumer/applied" };
    const AUDIENCE: Audience = Audience::Consumers;
}
