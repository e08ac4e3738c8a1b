//! UntagRole: takes tags off a role; a key that is not there is no error.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::UntagRoleRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{role, tagging};

/// UntagRole. Source: IAM API reference, UntagRole.
pub struct UntagRole;

/// Which role, and the keys it will be without.
pub struct Wanted {
    role: Arc<Principal>,
    keys: Vec<String>,
}

impl Operation for UntagRole {
    type Input = UntagRoleRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UntagRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::untagging_keys(&input.tag_keys)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted { role: role::find(cx, &input.role_name)?, keys: input.tag_keys })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let role = role::locked(tx, cx, &wanted.role)?;
        tx.tags().remove(role.account, &role.id, &wanted.keys)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id });
        Ok(())
    }
}
