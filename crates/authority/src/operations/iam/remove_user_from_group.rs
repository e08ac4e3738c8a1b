//! RemoveUserFromGroup: takes the policies of the group away from a user; one that is not in it is no error.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::RemoveUserFromGroupRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{group, shape};

/// RemoveUserFromGroup. Source: IAM API reference, RemoveUserFromGroup.
pub struct RemoveUserFromGroup;

/// Who, and which group.
pub struct Wanted {
    user: Arc<Principal>,
    group: Arc<Principal>,
}

impl Operation for RemoveUserFromGroup {
    type Input = RemoveUserFromGroupRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "RemoveUserFromGroup";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(group::arn(cx, &input.group_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let user = cx.user_or_caller(Some(&input.user_name))?;
        Ok(Wanted { user, group: group::find(cx, &input.group_name)? })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let user = shape::locked_user(tx, cx, &wanted.user)?;
        tx.groups().remove_member(cx.account(), &wanted.group.id.to_string(), &user.id)?;
        tx.touch(Touched::Principal { account: cx.account(), id: user.id });
        Ok(())
    }
}
