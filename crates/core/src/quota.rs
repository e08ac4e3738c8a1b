//! How many of a thing there may be: AWS's figures by default, and what an account was given instead.

/// A limit on how many of something there may be.
/// Source: IAM User Guide, "IAM and AWS STS quotas"; the names are those of AWS's refusals and of GetAccountSummary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// IAM users of an account.
    Users,
    /// Access keys of a user, inactive ones included. Rotation rests on this being two, so it cannot be set.
    AccessKeysPerUser,
    /// Signing certificates of a user, inactive ones included.
    SigningCertificatesPerUser,
    /// SSH public keys of a user.
    SshPublicKeysPerUser,
    /// Credentials of a user for one service.
    ServiceSpecificCredentialsPerUser,
    /// MFA devices of a user.
    MfaDevicesPerUser,
    /// Virtual MFA devices of an account, assigned or not.
    MfaDevices,
    /// Server certificates of an account.
    ServerCertificates,
    /// Providers of identities by OpenID Connect of an account.
    OidcProviders,
    /// Client ids of one of those.
    OidcClientIds,
    /// Providers of identities by SAML of an account.
    SamlProviders,
    /// Tags of one resource.
    Tags,
    /// Groups of an account.
    Groups,
    /// Groups that a user is in.
    GroupsPerUser,
    /// Roles of an account.
    Roles,
    /// Instance profiles of an account.
    InstanceProfiles,
    /// Managed policies of an account.
    Policies,
    /// Versions of managed policies of an account.
    PolicyVersions,
    /// Managed policies attached to a user.
    AttachedPoliciesPerUser,
    /// Managed policies attached to a group.
    AttachedPoliciesPerGroup,
    /// Managed policies attached to a role.
    AttachedPoliciesPerRole,
    /// Characters of all inline policies of a user, white space not counted.
    UserPolicySize,
    /// Characters of all inline policies of a group, white space not counted.
    GroupPolicySize,
    /// Characters of all inline policies of a role, white space not counted.
    RolePolicySize,
    /// Characters of a managed policy, white space not counted.
    PolicySize,
    /// Characters of a trust policy, white space not counted.
    TrustPolicySize,
    /// Accounts at clouds that an account may connect.
    CloudAccounts,
    /// Stored credentials of an account, generated ones included.
    StoredCredentials,
    /// Deployments of an account.
    Deployments,
    /// Workloads of an account.
    Workloads,
    /// Inputs set on one deployment or one workload.
    Inputs,
    /// Invitations of an account that can still be accepted.
    Invitations,
    /// Resources that are kept of an account's connected accounts, all together.
    CloudResources,
    /// Rotations of an account that are at work at once; those that only wait do not count.
    RotationsAtWork,
    /// Those of them whose credentials reach one kind of target.
    RotationsPerTargetKind,
    /// Freezes of an account that have not ended.
    RotationFreezes,
    /// Users of one managed credential that were named without being enrolled.
    KnownConsumers,
    /// Events of imported logs that an account has counted in the last 90 days.
    ImportedEvents,
    /// Honey keys of an account.
    HoneyKeys,
}

impl Quota {
    /// All of them, in the order of the table that holds their values.
    pub const ALL: [Self; 39] = [
        Self::Users,
        Self::AccessKeysPerUser,
        Self::SigningCertificatesPerUser,
        Self::SshPublicKeysPerUser,
        Self::ServiceSpecificCredentialsPerUser,
        Self::MfaDevicesPerUser,
        Self::MfaDevices,
        Self::ServerCertificates,
        Self::OidcProviders,
        Self::OidcClientIds,
        Self::SamlProviders,
        Self::Tags,
        Self::Groups,
        Self::GroupsPerUser,
        Self::Roles,
        Self::InstanceProfiles,
        Self::Policies,
        Self::PolicyVersions,
        Self::AttachedPoliciesPerUser,
        Self::AttachedPoliciesPerGroup,
        Self::AttachedPoliciesPerRole,
        Self::UserPolicySize,
        Self::GroupPolicySize,
        Self::RolePolicySize,
        Self::PolicySize,
        Self::TrustPolicySize,
        Self::CloudAccounts,
        Self::StoredCredentials,
        Self::Deployments,
        Self::Workloads,
        Self::Inputs,
        Self::Invitations,
        Self::CloudResources,
        Self::RotationsAtWork,
        Self::RotationsPerTargetKind,
        Self::RotationFreezes,
        Self::KnownConsumers,
        Self::ImportedEvents,
        Self::HoneyKeys,
    ];

    /// Its name in a refusal, and the one the operator sets it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "UsersPerAccount",
            Self::AccessKeysPerUser => "AccessKeysPerUser",
            Self::SigningCertificatesPerUser => "CertificatesPerUser",
            Self::SshPublicKeysPerUser => "SSHPublicKeysPerUser",
            Self::ServiceSpecificCredentialsPerUser => "ServiceSpecificCredentialsPerUser",
            Self::MfaDevicesPerUser => "MFADevicesPerUser",
            Self::MfaDevices => "VirtualMFADevicesPerAccount",
            Self::ServerCertificates => "ServerCertificatesPerAccount",
            Self::OidcProviders => "OpenIdConnectProvidersPerAccount",
            Self::OidcClientIds => "ClientIdsPerOpenIdConnectProvider",
            Self::SamlProviders => "SAMLProvidersPerAccount",
            Self::Tags => "TagsPerResource",
            Self::Groups => "GroupsPerAccount",
            Self::GroupsPerUser => "GroupsPerUser",
            Self::Roles => "RolesPerAccount",
            Self::InstanceProfiles => "InstanceProfilesPerAccount",
            Self::Policies => "PoliciesPerAccount",
            Self::PolicyVersions => "PolicyVersionsInUse",
            Self::AttachedPoliciesPerUser => "PoliciesPerUser",
            Self::AttachedPoliciesPerGroup => "PoliciesPerGroup",
            Self::AttachedPoliciesPerRole => "PoliciesPerRole",
            Self::UserPolicySize => "UserPolicySize",
            Self::GroupPolicySize => "GroupPolicySize",
            Self::RolePolicySize => "RolePolicySize",
            Self::PolicySize => "PolicySize",
            Self::TrustPolicySize => "ACLSizePerRole",
            Self::CloudAccounts => "CloudAccountsPerAccount",
            Self::StoredCredentials => "StoredCredentialsPerAccount",
            Self::Deployments => "DeploymentsPerAccount",
            Self::Workloads => "WorkloadsPerAccount",
            Self::Inputs => "InputsPerHolder",
            Self::Invitations => "InvitationsPerAccount",
            Self::CloudResources => "CloudResourcesPerAccount",
            Self::RotationsAtWork => "RotationsAtWorkPerAccount",
            Self::RotationsPerTargetKind => "RotationsAtWorkPerTargetKind",
            Self::RotationFreezes => "RotationFreezesPerAccount",
            Self::KnownConsumers => "KnownConsumersPerCredential",
            Self::ImportedEvents => "ImportedEventsPerAccount",
            Self::HoneyKeys => "HoneyKeysPerAccount",
        }
    }

    /// The reverse of [`Quota::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quota| quota.name() == name)
    }

    /// AWS's value.
    pub const fn default_value(self) -> u64 {
        match self {
            // AWS's figure for virtual MFA devices follows that for users.
            Self::Users | Self::MfaDevices | Self::StoredCredentials | Self::Workloads => 5000,
            Self::AccessKeysPerUser
            | Self::SigningCertificatesPerUser
            | Self::ServiceSpecificCredentialsPerUser => 2,
            Self::SshPublicKeysPerUser | Self::RotationsPerTargetKind => 5,
            Self::MfaDevicesPerUser => 8,
            Self::ServerCertificates | Self::CloudAccounts => 20,
            Self::OidcProviders
            | Self::OidcClientIds
            | Self::SamlProviders
            | Self::Invitations
            | Self::RotationFreezes
            | Self::HoneyKeys => 100,
            Self::Tags => 50,
            Self::GroupsPerUser
            | Self::AttachedPoliciesPerUser
            | Self::AttachedPoliciesPerGroup
            | Self::AttachedPoliciesPerRole
            | Self::RotationsAtWork => 10,
            Self::Inputs => 200,
            Self::Groups => 300,
            Self::Roles | Self::InstanceProfiles | Self::Deployments | Self::KnownConsumers => 1000,
            Self::Policies => 1500,
            Self::UserPolicySize | Self::TrustPolicySize => 2048,
            Self::GroupPolicySize => 5120,
            Self::PolicySize => 6144,
            Self::PolicyVersions => 10_000,
            Self::RolePolicySize => 10_240,
            Self::CloudResources => 200_000,
            Self::ImportedEvents => 1_000_000,
        }
    }

    /// Whether an account may be given another value.
    pub const fn is_settable(self) -> bool {
        !matches!(self, Self::AccessKeysPerUser)
    }
}

/// The quotas of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas([u64; Quota::ALL.len()]);

impl Default for Quotas {
    fn default() -> Self {
        Self(Quota::ALL.map(Quota::default_value))
    }
}

impl Quotas {
    /// The value of one.
    pub fn get(&self, quota: Quota) -> u64 {
        self.0.get(quota as usize).copied().unwrap_or_else(|| quota.default_value())
    }

    /// Gives one another value; what cannot be set keeps its own.
    pub fn set(&mut self, quota: Quota, value: u64) {
        if let Some(place) = self.0.get_mut(quota as usize).filter(|_| quota.is_settable()) {
            *place = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quota_has_its_own_place_and_name() {
        let mut quotas = Quotas::default();
        for (place, quota) in Quota::ALL.into_iter().enumerate() {
            assert_eq!((quota as usize, Quota::parse(quota.name())), (place, Some(quota)));
            quotas.set(quota, 7000);
            let expected = if quota.is_settable() { 7000 } else { quota.default_value() };
            assert_eq!(quotas.get(quota), expected);
        }
        assert_eq!(Quota::parse("Unicorns"), None);
    }
}
