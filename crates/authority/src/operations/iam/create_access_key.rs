//! CreateAccessKey: a new key pair for a user or for the caller's own root user. The secret leaves here, in
//! this one reply, and never again.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{self, CreateAccessKeyRequest, CreateAccessKeyResponse};
use keystead_core::{Arn, Quota};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::access_keys::DrawnKey;
use keystead_store::{OnConstraint, Touched, Tx};

use crate::shape;

/// CreateAccessKey. Source: IAM API reference, CreateAccessKey.
pub struct CreateAccessKey;

/// A key drawn, and whose it will be.
pub struct Drawn {
    owner: Arc<Principal>,
    drawn: DrawnKey,
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
        let drawn = cx.draw_key(&owner)?;
        Ok(Drawn { owner, drawn })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Drawn) -> Result<CreateAccessKeyResponse> {
        let Drawn { owner, drawn: DrawnKey { key, secret, sealed } } = prepared;
        shape::lock_owner(tx, cx, owner)?;
        tx.access_keys()
            .insert(key, sealed)
            .on_constraint("access_keys_slot_unique", || cx.over_quota(Quota::AccessKeysPerUser))?;
        tx.touch(Touched::AccessKey(key.id));
        Ok(CreateAccessKeyResponse {
            access_key: iam::AccessKey {
                user_name: shape::user_name(owner).unwrap_or_default(),
                access_key_id: key.id.to_string(),
                status: key.status.as_str().to_owned(),
                secret_access_key: secret.clone(),
                create_date: Some(key.created_at),
            },
        })
    }
}
