//! CreateGroup: a new group, whose name is unique in the account without regard to case.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateGroupRequest, CreateGroupResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, Group, Quota};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::group;

/// CreateGroup. Source: IAM API reference, CreateGroup.
pub struct CreateGroup;

impl Operation for CreateGroup {
    type Input = CreateGroupRequest;
    type Prepared = Group;
    type Output = CreateGroupResponse;
    const NAME: &'static str = "CreateGroup";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::group(cx.account(), input.path.as_deref().unwrap_or("/"), &input.group_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Group> {
        Ok(Group {
            account: cx.account(),
            id: unique_id(UniqueIdKind::Group, cx.rng()),
            name: input.group_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            created_at: cx.now.whole_second(),
        })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, group: &Group) -> Result<CreateGroupResponse> {
        let count = tx.groups().insert(group).on_constraint("user_groups_name_unique", || {
            Fault::EntityAlreadyExists(text::group_exists(&group.name))
        })?;
        cx.check_quota(Quota::Groups, count)?;
        tx.touch(Touched::Principal { account: group.account, id: group.id.clone() });
        Ok(CreateGroupResponse { group: group::shown(group) })
    }
}
