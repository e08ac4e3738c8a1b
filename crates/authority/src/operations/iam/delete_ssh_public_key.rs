//! DeleteSSHPublicKey: a key, gone for good.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteSSHPublicKeyRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// DeleteSSHPublicKey. Source: IAM API reference, DeleteSSHPublicKey.
pub struct DeleteSshPublicKey;

/// Which key of whom.
pub struct Wanted {
    owner: Arc<Principal>,
    key_id: String,
}

impl Operation for DeleteSshPublicKey {
    type Input = DeleteSSHPublicKeyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "DeleteSSHPublicKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        Ok(Wanted { owner, key_id: input.ssh_public_key_id })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, key_id } = wanted;
        let done = tx.ssh_public_keys().delete(cx.account(), &owner.id.to_string(), key_id)?;
        if done { Ok(()) } else { Err(Fault::NoSuchEntity(text::public_key_not_found(key_id))) }
    }
}
