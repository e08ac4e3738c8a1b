//! CreateUser: a new IAM user, whose name is unique in the account without regard to case.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateUserRequest, CreateUserResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, User};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::shape;

/// CreateUser. Source: IAM API reference, CreateUser.
pub struct CreateUser;

impl Operation for CreateUser {
    type Input = CreateUserRequest;
    type Prepared = User;
    type Output = CreateUserResponse;
    const NAME: &'static str = "CreateUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::user(cx.account(), input.path.as_deref().unwrap_or("/"), &input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<User> {
        if !input.tags.is_empty() || input.permissions_boundary.is_some() {
            return Err(Fault::InvalidInput(
                "Tags and permissions boundaries are not supported yet.".to_owned(),
            ));
        }
        Ok(User {
            account: cx.account(),
            id: unique_id(UniqueIdKind::User, cx.rng()),
            name: input.user_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            created_at: cx.now.whole_second(),
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, user: &User) -> Result<CreateUserResponse> {
        let quota = cx.quotas().users;
        if tx.users().count(cx.account())?.unsigned_abs() >= quota {
            return Err(Fault::LimitExceeded { quota: "UsersPerAccount", value: quota });
        }
        tx.users().insert(user, None).on_constraint("users_name_unique", || {
            Fault::EntityAlreadyExists(text::user_exists(&user.name))
        })?;
        tx.touch(Touched::Principal { account: user.account, id: user.id.clone() });
        Ok(CreateUserResponse { user: Some(shape::user(user)) })
    }
}
