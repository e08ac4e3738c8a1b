//! TagRole: puts tags on a role; one whose key is there already is replaced.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::TagRoleRequest;
use keystead_core::{Arn, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{role, tagging};

/// TagRole. Source: IAM API reference, TagRole.
pub struct TagRole;

/// Which role, and the tags it will have besides those it has.
pub struct Wanted {
    role: Arc<Principal>,
    tags: Vec<Tag>,
}

impl Operation for TagRole {
    type Input = TagRoleRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "TagRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let tags = tagging::read(input.tags)?;
        Ok(Wanted { role: role::find(cx, &input.role_name)?, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let role = role::locked(tx, cx, &wanted.role)?;
        tagging::put(tx, cx, &role.id, &wanted.tags)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id });
        Ok(())
    }
}
