//! GetAccountSummary: how many of what the account has, and may have.

use std::collections::BTreeMap;

use keystead_aws::error::Result;
use keystead_aws::model::iam::GetAccountSummaryResponse;
use keystead_core::{Arn, Quota};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;
use keystead_store::counts::Counted;

use crate::credentials::Credentials;
use crate::managed_policy::VERSIONS_MAX;

/// GetAccountSummary. Source: IAM API reference, GetAccountSummary; the keys and AWS's quotas as recorded.
pub struct GetAccountSummary;

/// Quotas that are the account's own.
const QUOTAS: [(&str, Quota); 18] = [
    ("AccessKeysPerUserQuota", Quota::AccessKeysPerUser),
    ("AssumeRolePolicySizeQuota", Quota::TrustPolicySize),
    ("AttachedPoliciesPerGroupQuota", Quota::AttachedPoliciesPerGroup),
    ("AttachedPoliciesPerRoleQuota", Quota::AttachedPoliciesPerRole),
    ("AttachedPoliciesPerUserQuota", Quota::AttachedPoliciesPerUser),
    ("GroupPolicySizeQuota", Quota::GroupPolicySize),
    ("GroupsPerUserQuota", Quota::GroupsPerUser),
    ("GroupsQuota", Quota::Groups),
    ("InstanceProfilesQuota", Quota::InstanceProfiles),
    ("PoliciesQuota", Quota::Policies),
    ("PolicySizeQuota", Quota::PolicySize),
    ("PolicyVersionsInUseQuota", Quota::PolicyVersions),
    ("RolePolicySizeQuota", Quota::RolePolicySize),
    ("RolesQuota", Quota::Roles),
    ("ServerCertificatesQuota", Quota::ServerCertificates),
    ("SigningCertificatesPerUserQuota", Quota::SigningCertificatesPerUser),
    ("UserPolicySizeQuota", Quota::UserPolicySize),
    ("UsersQuota", Quota::Users),
];

/// What is counted as it comes and goes.
const COUNTED: [Counted; 9] = [
    Counted::Groups,
    Counted::InstanceProfiles,
    Counted::MfaDevices,
    Counted::MfaDevicesInUse,
    Counted::Policies,
    Counted::PolicyVersionsInUse,
    Counted::Roles,
    Counted::ServerCertificates,
    Counted::Users,
];

impl Operation for GetAccountSummary {
    type Input = ();
    type Prepared = ();
    type Output = GetAccountSummaryResponse;
    const NAME: &'static str = "GetAccountSummary";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, (): &()) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(_: &Context, (): ()) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<GetAccountSummaryResponse> {
        let mut summary = BTreeMap::from([("VersionsPerPolicyQuota", VERSIONS_MAX as i64)]);
        summary.extend(QUOTAS.map(|(name, quota)| (name, cx.quota(quota).cast_signed())));
        for counted in COUNTED {
            summary.insert(counted.as_str(), tx.counts().get(cx.account(), counted)?.cast_signed());
        }
        let providers = [Counted::OidcProviders, Counted::SamlProviders]
            .map(|kind| tx.counts().get(cx.account(), kind))
            .into_iter()
            .sum::<std::result::Result<u64, _>>()?;
        summary.insert("GlobalEndpointTokenVersion", tx.accounts().token_version(cx.account())?);
        summary.insert("Providers", providers.cast_signed());
        let root = Credentials::of_root(tx, cx.account())?;
        summary.extend([
            ("AccountAccessKeysPresent", i64::from(!root.access_keys.is_empty())),
            ("AccountMFAEnabled", i64::from(root.mfa_active)),
            ("AccountPasswordPresent", i64::from(root.password.is_some())),
            ("AccountSigningCertificatesPresent", i64::from(!root.certificates.is_empty())),
        ]);
        let summary_map = summary.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(GetAccountSummaryResponse { summary_map })
    }
}
