//! AddUserToGroup: a user has the policies of the group from now on; adding it again changes nothing.

use std::sync::Arc;

use keystead_aws::error::Result;
use keystead_aws::model::iam::AddUserToGroupRequest;
use keystead_core::{Arn, Quota};
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::{group, shape};

/// AddUserToGroup. Source: IAM API reference, AddUserToGroup.
pub struct AddUserToGroup;

/// Who, and which group.
pub struct Wanted {
    user: Arc<Principal>,
    group: Arc<Principal>,
}

impl Operation for AddUserToGroup {
    type Input = AddUserToGroupRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "AddUserToGroup";
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
        let group = group::locked(tx, cx, &wanted.group)?;
        tx.groups().add_member(cx.account(), &group.id, &user.id, cx.now)?;
        let groups = tx.groups().list_of_user(cx.account(), &user.id)?;
        cx.check_quota(Quota::GroupsPerUser, groups.len() as u64)?;
        tx.touch(Touched::Principal { account: cx.account(), id: user.id });
        Ok(())
    }
}
