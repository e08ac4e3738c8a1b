//! UpdateAccessKey: makes a key active or inactive. When this returns, the change is in force.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::UpdateAccessKeyRequest;
use keystead_core::{Arn, KeyStatus};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::shape;

/// UpdateAccessKey. Source: IAM API reference, UpdateAccessKey.
pub struct UpdateAccessKey;

/// Which key of whom, and what it shall be.
pub struct Wanted {
    owner: Arc<Principal>,
    access_key_id: String,
    status: KeyStatus,
}

impl Operation for UpdateAccessKey {
    type Input = UpdateAccessKeyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateAccessKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let status = shape::status("key", &input.status)?;
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, access_key_id: input.access_key_id, status })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let key = shape::owned_key(tx, cx, &wanted.owner.id.to_string(), &wanted.access_key_id)?;
        tx.access_keys().update_status(key.account, &key.owner_id, key.id, wanted.status)?;
        tx.touch(Touched::AccessKey(key.id));
        Ok(())
    }
}
