//! DeleteAccessKey: a key and its secret, gone for good.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::DeleteAccessKeyRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::shape;

/// DeleteAccessKey. Source: IAM API reference, DeleteAccessKey.
pub struct DeleteAccessKey;

/// Which key of whom.
pub struct Wanted {
    owner: Arc<Principal>,
    access_key_id: String,
}

impl Operation for DeleteAccessKey {
    type Input = DeleteAccessKeyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DeleteAccessKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        Ok(Wanted { owner, access_key_id: input.access_key_id })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let key = shape::owned_key(tx, cx, &wanted.owner.id.to_string(), &wanted.access_key_id)?;
        tx.access_keys().delete(key.account, &key.owner_id, key.id)?;
        tx.uses().delete_by_key(key.account, key.id)?;
        tx.last_used().delete(key.account, key.id)?;
        tx.touch(Touched::AccessKey(key.id));
        Ok(())
    }
}
