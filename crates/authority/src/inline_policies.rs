//! Policies that belong to one user, group or role: what the operations on each of the three have in common.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::PolicyDetail;
use keystead_aws::percent_encode;
use keystead_core::Quota;
use keystead_gate::Context;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_policy::{self as policy, Policy, PolicyError, Purpose};
use keystead_store::inline_policies::InlinePolicy;
use keystead_store::{Touched, Tx};

use crate::grantee;
use crate::page::{Page, PageRequest};

/// Whose policy of which name.
pub struct Named {
    grantee: Arc<Principal>,
    policy_name: String,
}

impl Named {
    /// Of a request to read one.
    pub(crate) fn read(cx: &Context, kind: PrincipalKind, name: &str, policy_name: String) -> Result<Self> {
        Ok(Self { grantee: grantee::find(cx, kind, name)?, policy_name })
    }

    /// Of a request to change one.
    pub(crate) fn read_to_change(
        cx: &Context,
        kind: PrincipalKind,
        name: &str,
        policy_name: String,
    ) -> Result<Self> {
        Ok(Self { grantee: grantee::find_modifiable(cx, kind, name)?, policy_name })
    }

    /// The name of the user, group or role as it was given it, the policy's, and the document as replies have it.
    pub(crate) fn find(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<(String, String, String)> {
        let id = self.grantee.id.to_string();
        let document = tx.inline_policies().find(cx.account(), &id, &self.policy_name)?;
        let document = document.ok_or_else(|| self.missing())?;
        Ok((self.grantee.name.to_string(), self.policy_name.clone(), percent_encode(&document)))
    }

    /// Deletes it, in force when it returns.
    pub(crate) fn delete(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        let id = grantee::lock(tx, cx, &self.grantee)?;
        if !tx.inline_policies().delete(cx.account(), &id, &self.policy_name)? {
            return Err(self.missing());
        }
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }

    fn missing(&self) -> Fault {
        Fault::NoSuchEntity(text::inline_policy_not_found(
            grantee::noun(self.grantee.kind),
            &self.policy_name,
        ))
    }
}

/// A policy to be put in the place of the one of that name, if there is one.
pub struct New {
    named: Named,
    document: String,
}

impl New {
    /// Checks a document.
    pub(crate) fn read(cx: &Context, named: Named, document: String) -> Result<Self> {
        let new = Self { named, document };
        let chars_max = usize::try_from(new.quota(cx)).unwrap_or(usize::MAX);
        match Policy::compile(&new.named.policy_name, &new.document, Purpose::Identity, chars_max) {
            Ok(_) => Ok(new),
            Err(PolicyError::Malformed(sentence)) => Err(Fault::MalformedPolicyDocument(sentence)),
            Err(PolicyError::TooLong { .. }) => Err(new.too_large(cx)),
        }
    }

    /// Puts it, in force when it returns.
    pub(crate) fn put(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<()> {
        let id = grantee::lock(tx, cx, &self.named.grantee)?;
        let policy = InlinePolicy { name: self.named.policy_name.clone(), document: self.document.clone() };
        tx.inline_policies().put(cx.account(), &id, &policy)?;
        let all = tx.inline_policies().list(cx.account(), &id)?;
        let size: usize = all.iter().map(|policy| policy::size(&policy.document)).sum();
        if size as u64 > self.quota(cx) {
            return Err(self.too_large(cx));
        }
        tx.touch(Touched::Principal { account: cx.account(), id });
        Ok(())
    }

    /// How many characters all policies of the user, group or role may have together.
    fn quota(&self, cx: &Context) -> u64 {
        cx.quota(match self.named.grantee.kind {
            PrincipalKind::Root | PrincipalKind::User => Quota::UserPolicySize,
            PrincipalKind::Group => Quota::GroupPolicySize,
            PrincipalKind::Role => Quota::RolePolicySize,
        })
    }

    fn too_large(&self, cx: &Context) -> Fault {
        let grantee = &self.named.grantee;
        let noun = grantee::noun(grantee.kind);
        Fault::LimitReached(text::policies_too_large(self.quota(cx), noun, &grantee.name))
    }
}

/// Policies as GetAccountAuthorizationDetails shows them.
pub(crate) fn shown(policies: Vec<InlinePolicy>) -> Vec<PolicyDetail> {
    let detail = |policy: InlinePolicy| PolicyDetail {
        policy_name: Some(policy.name),
        policy_document: Some(percent_encode(&policy.document)),
    };
    policies.into_iter().map(detail).collect()
}

/// Whose policies, and which page of their names.
pub struct WantedPage {
    grantee: Arc<Principal>,
    page: PageRequest,
}

impl WantedPage {
    /// Of a request for a list.
    pub(crate) fn read(cx: &Context, kind: PrincipalKind, name: &str, page: PageRequest) -> Result<Self> {
        Ok(Self { grantee: grantee::find(cx, kind, name)?, page })
    }

    /// The page.
    pub(crate) fn list(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Page<String>> {
        let policies = tx.inline_policies().list(cx.account(), &self.grantee.id.to_string())?;
        let names = policies.into_iter().map(|policy| policy.name).collect();
        Ok(self.page.cut_whole(names, Clone::clone))
    }
}
