//! GetAccessKeyLastUsed: when, where and for which service a key was last used.

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{
    AccessKeyLastUsed, GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse,
};
use keystead_core::{AccessKeyId, Arn};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::last_used::LastUse;

use crate::shape;

/// GetAccessKeyLastUsed. Source: IAM API reference, GetAccessKeyLastUsed.
pub struct GetAccessKeyLastUsed;

const NEVER: &str = "N/A";

impl Operation for GetAccessKeyLastUsed {
    type Input = GetAccessKeyLastUsedRequest;
    type Prepared = AccessKeyId;
    type Output = GetAccessKeyLastUsedResponse;
    const NAME: &'static str = "GetAccessKeyLastUsed";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        let owner =
            input.access_key_id.parse().ok().and_then(|id| cx.ring().find_key(id)).map(|key| key.principal);
        Ok(owner.filter(|o| o.account == cx.account()).map_or_else(Arn::any, |owner| owner.arn()))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<AccessKeyId> {
        input.access_key_id.parse().map_err(|_| not_yours(cx, &input.access_key_id))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, id: &AccessKeyId) -> Result<GetAccessKeyLastUsedResponse> {
        let key = tx.access_keys().find(cx.account(), *id)?;
        let key = key.ok_or_else(|| not_yours(cx, &id.to_string()))?;
        let stored = tx.last_used().find(cx.account(), *id)?;
        // What is in memory is newer than what is stored, where there is any.
        let newest = cx.uses().last_use(*id).into_iter().chain(stored).max_by_key(|use_| use_.at);
        let last_used = match newest {
            Some(LastUse { at, region, service, .. }) => AccessKeyLastUsed {
                last_used_date: Some(at),
                service_name: service.unwrap_or_else(|| NEVER.into()),
                region: region.unwrap_or_else(|| NEVER.into()),
            },
            None => {
                AccessKeyLastUsed { last_used_date: None, service_name: NEVER.into(), region: NEVER.into() }
            }
        };
        let owner = cx.find_owner(&key.owner_id);
        Ok(GetAccessKeyLastUsedResponse {
            user_name: owner.and_then(|owner| shape::user_name(&owner)),
            access_key_last_used: Some(last_used),
        })
    }
}

/// AWS answers so for unknown keys too, even to an administrator.
fn not_yours(cx: &Context, id: &str) -> Fault {
    Fault::AccessKeyNotYours { caller: cx.caller.arn().to_string(), access_key_id: id.to_owned() }
}
