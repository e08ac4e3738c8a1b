//! DeleteGroup: refused while anybody is in the group or any policy hangs on it.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteGroupRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::group;

/// DeleteGroup. Source: IAM API reference, DeleteGroup.
pub struct DeleteGroup;

impl Operation for DeleteGroup {
    type Input = DeleteGroupRequest;
    type Prepared = Arc<Principal>;
    type Output = ();
    const NAME: &'static str = "DeleteGroup";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(group::arn(cx, &input.group_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        group::find(cx, &input.group_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, group: &Arc<Principal>) -> Result<()> {
        let (account, id) = (cx.account(), group::locked(tx, cx, group)?.id);
        let conflict = |what| Err(Fault::DeleteConflict(text::delete_conflict(what)));
        if tx.policy_attachments().has_any(account, &id)? {
            return conflict("detach all policies");
        }
        if !tx.inline_policies().list(account, &id)?.is_empty() {
            return conflict("delete policies");
        }
        if tx.groups().has_members(account, &id)? {
            return conflict("remove users from group");
        }
        tx.groups().delete(account, &id)?;
        tx.touch(Touched::Principal { account, id });
        Ok(())
    }
}
