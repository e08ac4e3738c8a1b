//! TagUser: puts tags on a user; one whose key is there already is replaced.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagUserRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{shape, tagging};

/// TagUser. Source: IAM API reference, TagUser.
pub struct TagUser;

/// Which user, and the tags it will have besides those it has.
pub struct Wanted {
    user: Arc<Principal>,
    tags: Vec<Tag>,
}

impl Operation for TagUser {
    type Input = TagUserRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let tags = tagging::read(input.tags)?;
        Ok(Wanted { user: cx.user_or_caller(Some(&input.user_name))?, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let user = shape::locked_user(tx, cx, &wanted.user)?;
        tagging::put(tx, cx, &user.id, &wanted.tags)?;
        tx.touch(Touched::Principal { account: cx.account(), id: user.id });
        Ok(())
    }
}
