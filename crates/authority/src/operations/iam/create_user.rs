//! CreateUser: a new IAM user, whose name is unique in the account without regard to case.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateUserRequest, CreateUserResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, Quota, Tag, User};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::{shape, tagging};

/// CreateUser. Source: IAM API reference, CreateUser.
pub struct CreateUser;

/// A user drawn, and the tags it will have.
pub struct NewUser {
    user: User,
    tags: Vec<Tag>,
}

impl Operation for CreateUser {
    type Input = CreateUserRequest;
    type Prepared = NewUser;
    type Output = CreateUserResponse;
    const NAME: &'static str = "CreateUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::user(cx.account(), input.path.as_deref().unwrap_or("/"), &input.user_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
            .with_some("iam:PermissionsBoundary", input.permissions_boundary.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<NewUser> {
        tagging::authorize(cx, "iam:TagUser", &Self::resource(cx, &input)?, &input.tags)?;
        let tags = tagging::read(input.tags)?;
        let permissions_boundary =
            input.permissions_boundary.map(|arn| shape::boundary(cx, arn)).transpose()?;
        let user = User {
            account: cx.account(),
            id: unique_id(UniqueIdKind::User, cx.rng()),
            name: input.user_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            permissions_boundary,
            created_at: cx.now.whole_second(),
        };
        Ok(NewUser { user, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &NewUser) -> Result<CreateUserResponse> {
        let NewUser { user, tags } = new;
        if let Some(arn) = &user.permissions_boundary {
            shape::lock_boundary(tx, cx, arn)?;
        }
        let count = tx.users().insert(user, None).on_constraint("users_name_unique", || {
            Fault::EntityAlreadyExists(text::user_exists(&user.name))
        })?;
        cx.check_quota(Quota::Users, count)?;
        tagging::put(tx, cx, &user.id, tags)?;
        tx.touch(Touched::Principal { account: user.account, id: user.id.clone() });
        let tags = tagging::all(tx, cx, &user.id)?;
        Ok(CreateUserResponse { user: Some(shape::user_in_full(user, tags)) })
    }
}
