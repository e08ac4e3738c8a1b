//! CreateAccessKey: a new key pair for a user or for the caller's own root user. The secret leaves here, in
//! this one reply, and never again.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{self, CreateAccessKeyRequest, CreateAccessKeyResponse};
use keystead_core::access_key::NewAccessKey;
use keystead_core::{AccessKey, Arn, KeyStatus, SecretString};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::access_keys::secret_place;
use keystead_store::{OnConstraint, Sealed, Touched, Tx};

use crate::shape;

/// CreateAccessKey. Source: IAM API reference, CreateAccessKey.
pub struct CreateAccessKey;

/// A key drawn and its secret sealed, before there is a row for it.
pub struct Drawn {
    owner: Arc<Principal>,
    key: AccessKey,
    secret: SecretString,
    sealed: Sealed,
}

impl Operation for CreateAccessKey {
    type Input = CreateAccessKeyRequest;
    type Prepared = Drawn;
    type Output = CreateAccessKeyResponse;
    const NAME: &'static str = "CreateAccessKey";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Drawn> {
        let owner = cx.user_or_caller(input.user_name.as_deref())?;
        let new = NewAccessKey::generate(cx.account(), cx.installation(), cx.rng());
        let place = secret_place(cx.account(), new.id);
        let sealed = cx.sealer().seal(&place, new.secret.expose().as_bytes(), cx.rng())?;
        let key = AccessKey {
            id: new.id,
            account: cx.account(),
            owner_id: owner.id.to_string(),
            status: KeyStatus::Active,
            created_at: cx.now.whole_second(),
        };
        Ok(Drawn { owner, key, secret: new.secret, sealed })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<CreateAccessKeyResponse> {
        shape::check_still_there(tx, cx, &drawn.owner)?;
        let quota = cx.quotas().access_keys_per_user;
        tx.access_keys().insert(&drawn.key, &drawn.sealed).on_constraint(
            "access_keys_slot_unique",
            || Fault::LimitExceeded { quota: "AccessKeysPerUser", value: quota },
        )?;
        tx.touch(Touched::AccessKey(drawn.key.id));
        Ok(CreateAccessKeyResponse {
            access_key: iam::AccessKey {
                user_name: shape::user_name(&drawn.owner).unwrap_or_default(),
                access_key_id: drawn.key.id.to_string(),
                status: drawn.key.status.as_str().to_owned(),
                secret_access_key: drawn.secret.clone(),
                create_date: Some(drawn.key.created_at),
            },
        })
    }
}
