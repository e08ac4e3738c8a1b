//! GetUser: one user, or the caller.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{self, GetUserRequest, GetUserResponse};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::{shape, tagging};

/// GetUser. Source: IAM API reference, GetUser.
pub struct GetUser;

impl Operation for GetUser {
    type Input = GetUserRequest;
    type Prepared = Arc<Principal>;
    type Output = GetUserResponse;
    const NAME: &'static str = "GetUser";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, input.user_name.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        cx.user_or_caller(input.user_name.as_deref())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, principal: &Arc<Principal>) -> Result<GetUserResponse> {
        let id = principal.id.to_string();
        let shown = if principal.is_root() {
            root(principal)
        } else {
            let user = tx.users().find_by_id(cx.account(), &id)?;
            let user = user.ok_or_else(|| Fault::NoSuchEntity(text::user_not_found(&principal.name)))?;
            let tags = tagging::all(tx, cx, &user.id)?;
            shape::user_in_full(&user, tags)
        };
        let password_last_used = tx.sign_ins().find_last_use(cx.account(), &id)?;
        Ok(GetUserResponse { user: iam::User { password_last_used, ..shown } })
    }
}

/// A root user as GetUser shows it: the account's number for an id and `:root` for a name.
pub(super) fn root(principal: &Principal) -> iam::User {
    iam::User {
        path: "/".to_owned(),
        user_name: "root".to_owned(),
        user_id: principal.id.to_string(),
        arn: principal.arn().to_string(),
        create_date: principal.created_at.whole_second(),
        ..Default::default()
    }
}
