//! DeleteUser: refused while anything still hangs on the user.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::DeleteUserRequest;
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{Touched, Tx};

use crate::shape;

/// DeleteUser. Source: IAM API reference, DeleteUser; the conflicts' texts as recorded from AWS.
pub struct DeleteUser;

impl Operation for DeleteUser {
    type Input = DeleteUserRequest;
    type Prepared = Arc<Principal>;
    type Output = ();
    const NAME: &'static str = "DeleteUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        shape::user_arn(cx, Some(&input.user_name))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Arc<Principal>> {
        cx.user_or_caller(Some(&input.user_name))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, user: &Arc<Principal>) -> Result<()> {
        let (account, id) = (cx.account(), user.id.to_string());
        let conflict = |what| Err(Fault::DeleteConflict(text::delete_conflict(what)));
        tx.lock_user(account, &id)?;
        if !tx.groups().list_of_user(account, &id)?.is_empty() {
            return conflict("remove users from group");
        }
        if tx.policy_attachments().has_any(account, &id)? {
            return conflict("detach all policies");
        }
        if !tx.inline_policies().list(account, &id)?.is_empty() {
            return conflict("delete policies");
        }
        if !tx.access_keys().list_by_owner(account, &id)?.is_empty() {
            return conflict("delete access keys");
        }
        if tx.login_profiles().find(account, &id)?.is_some() {
            return conflict("delete login profile");
        }
        if tx.mfa_devices().has_any(account, &id)? {
            return conflict("delete MFA device");
        }
        if !tx.signing_certificates().list_by_owner(account, &id)?.is_empty() {
            return conflict("delete signing certificates");
        }
        if !tx.ssh_public_keys().list_by_user(account, &id)?.is_empty() {
            return conflict("delete SSH public keys");
        }
        if !tx.service_credentials().list_by_user(account, &id)?.is_empty() {
            return conflict("remove referenced objects");
        }
        tx.sign_ins().delete(account, &id)?;
        if !tx.users().delete(account, &id)? {
            return Err(Fault::NoSuchEntity(text::user_not_found(&user.name)));
        }
        tx.mfa_attempts().clear(account, &id)?;
        tx.tags().clear(account, &id)?;
        tx.accesses().delete(account, &id)?;
        tx.touch(Touched::Principal { account, id });
        Ok(())
    }
}
