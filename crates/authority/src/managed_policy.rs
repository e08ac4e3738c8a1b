//! Managed policies, those of the account and those that every account has, as operations find and show them.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_aws::percent_encode;
use keystead_core::{AccountId, Arn, ManagedPolicy, PolicyVersion, Quota, Timestamp, arn};
use keystead_gate::Context;
use keystead_policy::managed::MANAGED_POLICIES;
use keystead_policy::{Policy, PolicyError, Purpose};
use keystead_store::Tx;
use keystead_store::policy_usage::Usage;

/// How many versions of a policy there may be at a time. Source: IAM User Guide, "IAM and AWS STS quotas".
pub(crate) const VERSIONS_MAX: usize = 5;

/// A managed policy as it is described, whoever has it.
pub(crate) struct Described {
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) description: Option<String>,
    pub(crate) default_version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// The document, where it is one that every account has.
    shipped: Option<&'static str>,
}

impl From<ManagedPolicy> for Described {
    fn from(policy: ManagedPolicy) -> Self {
        Self {
            arn: policy.arn().to_string(),
            id: policy.id,
            name: policy.name,
            path: policy.path,
            description: policy.description,
            default_version: policy.default_version,
            created_at: policy.created_at,
            updated_at: policy.updated_at,
            shipped: None,
        }
    }
}

/// The policies that every account has.
pub(crate) fn shipped() -> impl Iterator<Item = Described> {
    MANAGED_POLICIES.iter().map(|policy| Described {
        arn: policy.arn(),
        id: policy.id().to_owned(),
        name: policy.name.to_owned(),
        path: policy.path.to_owned(),
        description: Some(policy.description.to_owned()),
        default_version: version_number(policy.version).unwrap_or(1),
        created_at: policy.created_at,
        updated_at: policy.updated_at,
        shipped: Some(policy.document),
    })
}

impl Described {
    /// The policy of an ARN that the account can use.
    pub(crate) fn find(tx: &mut Tx<'_>, cx: &Context, arn: &str) -> Result<Option<Self>> {
        if let Some(found) = shipped().find(|policy| policy.arn == arn) {
            return Ok(Some(found));
        }
        Ok(tx.policies().find(cx.account(), arn)?.map(Self::from))
    }

    /// The same, where it has to be there.
    pub(crate) fn get(tx: &mut Tx<'_>, cx: &Context, arn: &str) -> Result<Self> {
        Self::find(tx, cx, arn)?.ok_or_else(|| Fault::NoSuchEntity(text::policy_not_found(arn)))
    }

    /// Its versions, the newest first. Of those that every account has only the one in force is here.
    pub(crate) fn versions(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<PolicyVersion>> {
        match self.shipped {
            Some(document) => Ok(vec![PolicyVersion {
                number: self.default_version,
                document: document.to_owned(),
                created_at: self.updated_at,
            }]),
            None => Ok(tx.policies().list_versions(account, &self.id)?),
        }
    }

    /// As ListPolicies shows it: without description and tags.
    pub(crate) fn shown(&self, usage: Usage) -> iam::Policy {
        iam::Policy {
            policy_name: Some(self.name.clone()),
            policy_id: Some(self.id.clone()),
            arn: Some(self.arn.clone()),
            path: Some(self.path.clone()),
            default_version_id: Some(version_id(self.default_version)),
            attachment_count: Some(usage.attachments),
            permissions_boundary_usage_count: Some(usage.boundaries),
            is_attachable: Some(true),
            create_date: Some(self.created_at),
            update_date: Some(self.updated_at),
            ..Default::default()
        }
    }

    /// As GetAccountAuthorizationDetails shows it: with its versions, and without description and tags.
    pub(crate) fn detail(self, usage: Usage, versions: Vec<PolicyVersion>) -> iam::ManagedPolicyDetail {
        let show = |version| version_shown(version, self.default_version, Documents::Shown);
        iam::ManagedPolicyDetail {
            policy_version_list: versions.into_iter().map(show).collect(),
            policy_name: Some(self.name),
            policy_id: Some(self.id),
            arn: Some(self.arn),
            path: Some(self.path),
            default_version_id: Some(version_id(self.default_version)),
            attachment_count: Some(usage.attachments),
            permissions_boundary_usage_count: Some(usage.boundaries),
            is_attachable: Some(true),
            create_date: Some(self.created_at),
            update_date: Some(self.updated_at),
            description: None,
        }
    }
}

/// Whether a version is shown with its document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Documents {
    Shown,
    LeftOut,
}

/// A version as it is shown.
pub(crate) fn version_shown(
    version: PolicyVersion,
    default: i64,
    documents: Documents,
) -> iam::PolicyVersion {
    iam::PolicyVersion {
        document: (documents == Documents::Shown).then(|| percent_encode(&version.document)),
        version_id: Some(version_id(version.number)),
        is_default_version: Some(version.number == default),
        create_date: Some(version.created_at),
    }
}

/// `v3`
pub(crate) fn version_id(number: i64) -> String {
    format!("v{number}")
}

/// The reverse; versions of services that AWS counts further, `v3.beta`, are none of ours.
pub(crate) fn version_number(id: &str) -> Option<i64> {
    id.strip_prefix('v')?.parse().ok()
}

/// Refuses what is no ARN.
pub(crate) fn check_form(arn: &str) -> Result<()> {
    if arn.starts_with("arn:") { Ok(()) } else { Err(Fault::ValidationError(text::arn_not_valid(arn))) }
}

/// What the policy engine is asked about where an operation names a policy.
pub(crate) fn resource(arn: &str) -> Result<Arn> {
    check_form(arn)?;
    Ok(Arn::written(arn))
}

/// Refuses, in words of the operation's own, what only the policy's own account may do.
pub(crate) fn check_own(cx: &Context, arn: &str, refusal: &str) -> Result<()> {
    if arn::account_of(arn) == Some(cx.account()) { Ok(()) } else { Err(Fault::Refused(refusal.to_owned())) }
}

/// The account's own policy of that ARN, locked, which has to be there.
pub(crate) fn lock_own(tx: &mut Tx<'_>, cx: &Context, arn: &str) -> Result<ManagedPolicy> {
    tx.lock_policy(cx.account(), arn)?;
    let found = tx.policies().find(cx.account(), arn)?;
    found.ok_or_else(|| Fault::NoSuchEntity(text::policy_not_found(arn)))
}

/// Whether the account can use a policy. One of its own is locked, so that it stays there until it is in use.
pub(crate) fn lock(tx: &mut Tx<'_>, cx: &Context, arn: &str) -> Result<bool> {
    if shipped().any(|policy| policy.arn == arn) {
        return Ok(true);
    }
    tx.lock_policy(cx.account(), arn)?;
    Ok(tx.policies().find(cx.account(), arn)?.is_some())
}

/// Checks the document of a managed policy.
pub(crate) fn check_document(cx: &Context, document: &str) -> Result<()> {
    let chars_max = usize::try_from(cx.quota(Quota::PolicySize)).unwrap_or(usize::MAX);
    match Policy::compile("", document, Purpose::Managed, chars_max) {
        Ok(_) => Ok(()),
        Err(PolicyError::Malformed(sentence)) => Err(Fault::MalformedPolicyDocument(sentence)),
        Err(PolicyError::TooLong { .. }) => Err(cx.over_quota(Quota::PolicySize)),
    }
}
