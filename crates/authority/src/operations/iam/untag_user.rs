//! UntagUser: takes tags off a user; a key that is not there is no error.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagUserRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{shape, tagging};

/// UntagUser. Source: IAM API reference, UntagUser.
pub struct UntagUser;

/// Which user, and the keys it will be without.
pub struct Wanted {
    user: Arc<Principal>,
    keys: Vec<String>,
}

impl Operation for UntagUser {
    type Input = UntagUserRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UntagUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::untagging_keys(&input.tag_keys)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { user: cx.user_or_caller(Some(&input.user_name))?, keys: input.tag_keys })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let user = shape::locked_user(tx, cx, &wanted.user)?;
        tx.tags().remove(cx.account(), &user.id, &wanted.keys)?;
        tx.touch(Touched::Principal { account: cx.account(), id: user.id });
        Ok(())
    }
}
