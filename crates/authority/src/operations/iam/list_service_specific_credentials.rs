//! ListServiceSpecificCredentials: the credentials of a user, of the caller or of all users, without their secrets.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{
    ListServiceSpecificCredentialsRequest, ListServiceSpecificCredentialsResponse,
    ServiceSpecificCredentialMetadata,
};
use keystead_core::{Arn, ServiceCredential};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::page::PageRequest;
use crate::{service_credential, shape};

/// ListServiceSpecificCredentials. Source: IAM API reference, ListServiceSpecificCredentials.
pub struct ListServiceSpecificCredentials;

/// Whose credentials, all users' where nobody is named, for which service, and which page.
pub struct Wanted {
    owner: Option<Arc<Principal>>,
    service: Option<String>,
    page: PageRequest,
}

impl Operation for ListServiceSpecificCredentials {
    type Input = ListServiceSpecificCredentialsRequest;
    type Prepared = Wanted;
    type Output = ListServiceSpecificCredentialsResponse;
    const NAME: &'static str = "ListServiceSpecificCredentials";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        if input.all_users == Some(true) {
            return Ok(Arn::user(cx.account(), "/", ""));
        }
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let owner = match (input.all_users, input.user_name.as_deref()) {
            (Some(true), None) => None,
            (Some(true), Some(_)) => {
                let why = "UserName and AllUsers cannot be given together. Leave one of them out.";
                return Err(Fault::ValidationError(why.to_owned()));
            }
            (_, name) => Some(cx.user_or_caller(name)?),
        };
        input.service_name.as_deref().map(service_credential::form).transpose()?;
        let page = PageRequest::read(input.marker.as_deref(), input.max_items)?;
        Ok(Wanted { owner, service: input.service_name, page })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<ListServiceSpecificCredentialsResponse> {
        let Wanted { owner, service, page } = wanted;
        let page = if let Some(owner) = owner {
            let mut found = tx.service_credentials().list_by_user(cx.account(), &owner.id.to_string())?;
            found.retain(|credential| service.as_ref().is_none_or(|service| credential.service == *service));
            page.cut_whole(found, |credential| credential.id.clone())
        } else {
            let (after, limit) = (page.after(), page.limit());
            let found = tx.service_credentials().list(cx.account(), service.as_deref(), after, limit)?;
            page.cut(found, |credential| credential.id.clone())
        };
        Ok(ListServiceSpecificCredentialsResponse {
            service_specific_credentials: page.items.iter().map(|item| shown(cx, item)).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}

/// A credential under the name that its user has now.
fn shown(cx: &Context, credential: &ServiceCredential) -> ServiceSpecificCredentialMetadata {
    let user = cx.find_owner(&credential.user_id);
    let name = user.as_ref().map(|user| &*user.name).unwrap_or_default();
    service_credential::shown(credential, name, cx.now)
}
