//! CreateServiceSpecificCredential: a name and a password, or an API key, for one service. The secret leaves here,
//! in this one reply, and never again.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::{
    CreateServiceSpecificCredentialRequest, CreateServiceSpecificCredentialResponse,
};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, KeyStatus, Quota, ServiceCredential, Timestamp};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::service_credential::{self, Form, PasswordSecret};
use crate::shape;

/// CreateServiceSpecificCredential. Source: IAM API reference, CreateServiceSpecificCredential.
pub struct CreateServiceSpecificCredential;

/// A credential drawn, and whose it will be. The name that the service knows it by is found on the way in.
pub struct Drawn {
    owner: Arc<Principal>,
    id: String,
    service: String,
    form: Form,
    expires_at: Option<Timestamp>,
    password: PasswordSecret,
}

impl Operation for CreateServiceSpecificCredential {
    type Input = CreateServiceSpecificCredentialRequest;
    type Prepared = Drawn;
    type Output = CreateServiceSpecificCredentialResponse;
    const NAME: &'static str = "CreateServiceSpecificCredential";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Drawn> {
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let form = service_credential::form(&input.service_name)?;
        let expires_at =
            service_credential::expiry(&input.service_name, form, input.credential_age_days, cx.now)?;
        Ok(Drawn {
            owner,
            id: unique_id(UniqueIdKind::ServiceSpecificCredential, cx.rng()),
            service: input.service_name,
            form,
            expires_at,
            password: PasswordSecret::draw(cx.rng()),
        })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        drawn: &Drawn,
    ) -> Result<CreateServiceSpecificCredentialResponse> {
        let user = shape::locked_user(tx, cx, &drawn.owner)?;
        let has = tx.service_credentials().list_by_user(user.account, &user.id)?;
        let of_service = has.iter().filter(|other| other.service == drawn.service).count() as u64;
        cx.check_quota(Quota::ServiceSpecificCredentialsPerUser, of_service + 1)?;
        let credential = ServiceCredential {
            account: user.account,
            id: drawn.id.clone(),
            service: drawn.service.clone(),
            service_user_name: service_credential::free_name(tx, cx.account(), &drawn.service, &user.name)?,
            user_id: user.id,
            status: KeyStatus::Active,
            created_at: cx.now.whole_second(),
            expires_at: drawn.expires_at,
        };
        tx.service_credentials().insert(&credential, &drawn.password.hash())?;
        let shown = service_credential::revealed(&credential, drawn.form, &drawn.password, &user.name, cx);
        Ok(CreateServiceSpecificCredentialResponse { service_specific_credential: Some(shown) })
    }
}
