//! UpdateGroup: another name, another path, or both. Members and policies stay, because they hang on the unique id.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::UpdateGroupRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::group;

/// UpdateGroup. Source: IAM API reference, UpdateGroup.
pub struct UpdateGroup;

/// Which group, and what it shall be called from now on.
pub struct Wanted {
    group: Arc<Principal>,
    new_name: Option<String>,
    new_path: Option<String>,
}

impl Operation for UpdateGroup {
    type Input = UpdateGroupRequest;
    type Prepared = Wanted;
    type Output = ();
    const NAME: &'static str = "UpdateGroup";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(group::arn(cx, &input.group_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        let group = group::find(cx, &input.group_name)?;
        // AWS asks for the permission on the group by its new name as well: IAM API reference, UpdateGroup.
        let name = input.new_group_name.as_deref().unwrap_or(&group.name);
        let path = input.new_path.as_deref().unwrap_or(&group.path);
        cx.authorize("iam:UpdateGroup", &Arn::group(cx.account(), path, name), &ContextKeys::default())?;
        Ok(Wanted { group, new_name: input.new_group_name, new_path: input.new_path })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<()> {
        let group = group::locked(tx, cx, &wanted.group)?;
        let name = wanted.new_name.as_deref().unwrap_or(&group.name);
        let path = wanted.new_path.as_deref().unwrap_or(&group.path);
        tx.groups()
            .rename(group.account, &group.id, name, path)
            .on_constraint("user_groups_name_unique", || {
                Fault::EntityAlreadyExists(text::group_exists(name))
            })?;
        tx.touch(Touched::Principal { account: group.account, id: group.id });
        Ok(())
    }
}
