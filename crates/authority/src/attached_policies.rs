//! Managed policies attached to users, groups and roles: what the operations on each of the three have in common.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::AttachedPolicy;
use keystead_core::Quota;
use keystead_gate::Context;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_store::{Touched, Tx};

use crate::page::{Page, PageRequest};
use crate::{grantee, managed_policy, shape};

/// Which policy is to be attached to whom, or detached from whom.
pub struct Wanted {
    grantee: Arc<Principal>,
    policy_arn: String,
}

impl Wanted {
    /// Of a request to attach or detach.
    pub(crate) fn read(cx: &Context, kind: PrincipalKind, name: &str, policy_arn: String) -> Result<Self> {
        managed_policy::check_form(&policy_arn)?;
        Ok(Self { grantee: grantee::find_modifiable(cx, kind, name)?, policy_arn })
    }

    /// Attaches; attaching again changes nothing.
    pub(crate) fn attach(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        let id = grantee::lock(tx, cx, &self.grantee)?;
        if !managed_policy::lock(tx, cx, &self.policy_arn)? {
            return Err(Fault::NoSuchEntity(text::policy_not_attachable(&self.policy_arn)));
        }
        tx.policy_attachments().attach(cx.account(), &id, &self.policy_arn, cx.now)?;
        let attached = tx.policy_attachments().list(cx.account(), &id, None, i64::MAX)?;
        cx.check_quota(quota(self.grantee.kind), attached.len() as u64)?;
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }

    /// Detaches, in force when it returns.
    pub(crate) fn detach(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        let id = grantee::lock(tx, cx, &self.grantee)?;
        if !tx.policy_attachments().detach(cx.account(), &id, &self.policy_arn)? {
            return Err(Fault::NoSuchEntity(text::policy_not_found(&self.policy_arn)));
        }
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }
}

const fn quota(kind: PrincipalKind) -> Quota {
    match kind {
        PrincipalKind::Root | PrincipalKind::User => Quota::AttachedPoliciesPerUser,
        PrincipalKind::Group => Quota::AttachedPoliciesPerGroup,
        PrincipalKind::Role => Quota::AttachedPoliciesPerRole,
    }
}

/// What policies are told of attaching and detaching: which policy, and what bounds the grantee.
pub(crate) fn keys(cx: &Context, kind: PrincipalKind, name: &str, policy_arn: &str) -> ContextKeys {
    grantee::boundary_keys(cx, kind, name).with("iam:PolicyARN", policy_arn)
}

/// Whose policies, below which path, and which page.
pub struct WantedPage {
    grantee: Arc<Principal>,
    path_prefix: String,
    page: PageRequest,
}

impl WantedPage {
    /// Of a request for a list.
    pub(crate) fn read(
        cx: &Context,
        kind: PrincipalKind,
        name: &str,
        path_prefix: Option<String>,
        page: PageRequest,
    ) -> Result<Self> {
        let path_prefix = path_prefix.unwrap_or_else(|| "/".to_owned());
        Ok(Self { grantee: grantee::find(cx, kind, name)?, path_prefix, page })
    }

    /// The page.
    pub(crate) fn list(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Page<AttachedPolicy>> {
        let id = self.grantee.id.to_string();
        let mut arns = tx.policy_attachments().list(cx.account(), &id, None, i64::MAX)?;
        arns.retain(|arn| path_of(arn).starts_with(&self.path_prefix));
        let page = self.page.cut_whole(arns, Clone::clone);
        let items = page.items.into_iter().map(shape::attached_policy).collect();
        Ok(Page { items, marker: page.marker })
    }
}

/// The path in a policy's ARN: what stands between `policy` and its name.
fn path_of(arn: &str) -> &str {
    let from = arn.find(":policy/").map_or(0, |at| at + ":policy".len());
    let to = arn.rfind('/').map_or(arn.len(), |at| at + 1);
    arn.get(from..to).unwrap_or("/")
}
