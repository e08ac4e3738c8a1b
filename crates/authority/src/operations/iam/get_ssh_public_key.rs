//! GetSSHPublicKey: one key of a user, in the encoding that is asked for.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{GetSSHPublicKeyRequest, GetSSHPublicKeyResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::ssh_key::{Encoding, SshKey};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::shape;

/// GetSSHPublicKey. Source: IAM API reference, GetSSHPublicKey.
pub struct GetSshPublicKey;

/// Which key of whom, and how it shall be written.
pub struct Wanted {
    owner: Arc<Principal>,
    key_id: String,
    encoding: Encoding,
}

impl Operation for GetSshPublicKey {
    type Input = GetSSHPublicKeyRequest;
    type Prepared = Wanted;
    type Output = GetSSHPublicKeyResponse;
    const NAME: &'static str = "GetSSHPublicKey";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        // The model knows these two and no others.
        let encoding = if input.encoding == "PEM" { Encoding::Pem } else { Encoding::Ssh };
        Ok(Wanted { owner, key_id: input.ssh_public_key_id, encoding })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<GetSSHPublicKeyResponse> {
        let Wanted { owner, key_id, encoding } = wanted;
        let found = tx.ssh_public_keys().find(cx.account(), &owner.id.to_string(), key_id)?;
        let key = found.ok_or_else(|| Fault::NoSuchEntity(text::public_key_not_found(key_id)))?;
        let read = SshKey::read(&key.body)?;
        let body = read.encode(&key.body, *encoding)?;
        let shown = shape::ssh_public_key(owner, &key, body, read.fingerprint()?);
        Ok(GetSSHPublicKeyResponse { ssh_public_key: Some(shown) })
    }
}
