//! UploadSSHPublicKey: a key that a user shows to services that speak SSH.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{UploadSSHPublicKeyRequest, UploadSSHPublicKeyResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, KeyStatus, Quota, SshPublicKey};
use keystead_gate::ring::Principal;
use keystead_gate::ssh_key::SshKey;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Tx};

use crate::shape;

/// UploadSSHPublicKey. Source: IAM API reference, UploadSSHPublicKey.
pub struct UploadSshPublicKey;

/// A key that was read, and whose it will be.
pub struct Uploaded {
    owner: Arc<Principal>,
    key: SshPublicKey,
    fingerprint: String,
}

impl Operation for UploadSshPublicKey {
    type Input = UploadSSHPublicKeyRequest;
    type Prepared = Uploaded;
    type Output = UploadSSHPublicKeyResponse;
    const NAME: &'static str = "UploadSSHPublicKey";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Uploaded> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let read = SshKey::read(&input.ssh_public_key_body)?;
        let key = SshPublicKey {
            account: cx.account(),
            id: unique_id(UniqueIdKind::SshPublicKey, cx.rng()),
            user_id: owner.id.to_string(),
            body: input.ssh_public_key_body,
            digest: read.digest()?,
            status: KeyStatus::Active,
            uploaded_at: cx.now.whole_second(),
        };
        Ok(Uploaded { owner, key, fingerprint: read.fingerprint()? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, uploaded: &Uploaded) -> Result<UploadSSHPublicKeyResponse> {
        let Uploaded { owner, key, fingerprint } = uploaded;
        shape::lock_owner(tx, cx, owner)?;
        let has = tx.ssh_public_keys().list_by_user(cx.account(), &key.user_id)?.len() as u64;
        cx.check_quota(Quota::SshPublicKeysPerUser, has + 1)?;
        tx.ssh_public_keys().insert(key).on_constraint("ssh_public_keys_digest_unique", || {
            Fault::DuplicateSshPublicKey(
                "The user has the key in SSHPublicKeyBody already. Upload another one.".to_owned(),
            )
        })?;
        let shown = shape::ssh_public_key(owner, key, key.body.clone(), fingerprint.clone());
        Ok(UploadSSHPublicKeyResponse { ssh_public_key: Some(shown) })
    }
}
