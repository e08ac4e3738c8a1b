//! DeleteRole: refused while any policy hangs on the role or an instance profile holds it. Its sessions end with it.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteRoleRequest;
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::role;

/// DeleteRole. Source: IAM API reference, DeleteRole.
pub struct DeleteRole;

impl Operation for DeleteRole {
    type Input = DeleteRoleRequest;
    type Prepared = Arc<Principal>;
    type Output = ();
    const NAME: &'static str = "DeleteRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(role::arn(cx, &input.role_name))
    }

    fn context_keys(cx: &Context, input: &Self::Input) -> ContextKeys {
        role::boundary_keys(cx, &input.role_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        role::find_modifiable(cx, &input.role_name)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, role: &Arc<Principal>) -> Result<()> {
        let (account, id) = (cx.account(), role::locked(tx, cx, role)?.id);
        let conflict = |what| Err(Fault::DeleteConflict(text::delete_conflict(what)));
        if tx.policy_attachments().has_any(account, &id)? {
            return conflict("detach all policies");
        }
        if !tx.inline_policies().list(account, &id)?.is_empty() {
            return conflict("delete policies");
        }
        if !tx.instance_profiles().list_of_role(account, &id, None, 1)?.is_empty() {
            return conflict("remove roles from instance profile");
        }
        tx.roles().delete(account, &id)?;
        tx.tags().clear(account, &id)?;
        tx.accesses().delete(account, &id)?;
        tx.touch(Touched::Principal { account, id });
        Ok(())
    }
}
