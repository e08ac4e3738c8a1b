//! UpdateUser: another name, another path, or both. Everything that hangs on the user stays, because it hangs on
//! the unique id.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::UpdateUserRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::shape;

/// UpdateUser. Source: IAM API reference, UpdateUser.
pub struct UpdateUser;

/// Which user, and what it shall be called from now on.
pub struct Wanted {
    user: Arc<Principal>,
    new_name: Option<String>,
    new_path: Option<String>,
}

impl Operation for UpdateUser {
    type Input = UpdateUserRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let user = cx.user_or_caller(Some(&input.user_name))?;
        // AWS asks for the permission on the user by its new name as well: IAM API reference, UpdateUser.
        let name = input.new_user_name.as_deref().unwrap_or(&user.name);
        let path = input.new_path.as_deref().unwrap_or(&user.path);
        cx.authorize("iam:UpdateUser", &Arn::user(cx.account(), path, name), &ContextKeys::default())?;
        Ok(Wanted { user, new_name: input.new_user_name, new_path: input.new_path })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let (account, id) = (cx.account(), wanted.user.id.to_string());
        let user = shape::locked_user(tx, cx, &wanted.user)?;
        let name = wanted.new_name.as_deref().unwrap_or(&user.name);
        let path = wanted.new_path.as_deref().unwrap_or(&user.path);
        tx.users()
            .rename(account, &id, name, path)
            .on_constraint("users_name_unique", || Fault::EntityAlreadyExists(text::user_exists(name)))?;
        tx.touch(Touched::Principal { account, id });
        Ok(())
    }
}
