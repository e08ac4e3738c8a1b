//! UpdateSSHPublicKey: makes a key active or inactive.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::UpdateSSHPublicKeyRequest;
use keystead_core::{Arn, KeyStatus};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// UpdateSSHPublicKey. Source: IAM API reference, UpdateSSHPublicKey.
pub struct UpdateSshPublicKey;

/// Which key of whom, and what it shall be.
pub struct Wanted {
    owner: Arc<Principal>,
    key_id: String,
    status: KeyStatus,
}

impl Operation for UpdateSshPublicKey {
    type Input = UpdateSSHPublicKeyRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateSSHPublicKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let status = shape::status("key", &input.status)?;
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        Ok(Wanted { owner, key_id: input.ssh_public_key_id, status })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let Wanted { owner, key_id, status } = wanted;
        let done =
            tx.ssh_public_keys().update_status(cx.account(), &owner.id.to_string(), key_id, *status)?;
        if done { Ok(()) } else { Err(Fault::NoSuchEntity(text::public_key_not_found(key_id))) }
    }
}
