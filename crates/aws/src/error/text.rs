//! The texts of `NoSuchEntity` and its like, written once.

/// An unknown user.
pub fn user_not_found(name: &str) -> String {
    format!("The user with name {name} cannot be found.")
}

/// An unknown group.
pub fn group_not_found(name: &str) -> String {
    format!("The group with name {name} cannot be found.")
}

/// An unknown role.
pub fn role_not_found(name: &str) -> String {
    format!("The role with name {name} cannot be found.")
}

/// A group of that name exists.
pub fn group_exists(name: &str) -> String {
    format!("Group with name {name} already exists.")
}

/// A role of that name exists.
pub fn role_exists(name: &str) -> String {
    format!("Role with name {name} already exists.")
}

/// A role that belongs to a service of AWS.
pub fn role_protected(name: &str) -> String {
    format!(
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    )
}

/// A path that only service-linked roles have.
pub const SERVICE_ROLE_PATH: &str =
    "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";

/// The name of a service-linked role that is taken.
pub fn service_role_exists(name: &str) -> String {
    format!("Service role name {name} has been taken in this account, please try a different suffix.")
}

/// A service that has one service-linked role and no other.
pub fn suffix_not_allowed(service: &str) -> String {
    format!("Custom suffix is not allowed for {service}")
}

/// Somebody in a trust policy who is not there.
pub fn principal_not_valid(name: &str) -> String {
    format!("Invalid principal in policy: \"AWS\":\"{name}\"")
}

/// Something that cannot be deleted while something else hangs on it.
pub fn delete_conflict(first: &str) -> String {
    format!("Cannot delete entity, must {first} first.")
}

/// An unknown instance profile.
pub fn instance_profile_not_found(name: &str) -> String {
    format!("Instance Profile {name} cannot be found.")
}

/// An instance profile of that name exists.
pub fn instance_profile_exists(name: &str) -> String {
    format!("Instance Profile {name} already exists.")
}

/// A role that is not in that instance profile.
pub fn role_not_in_instance_profile(role: &str, profile: &str) -> String {
    format!("Role {role} in Instance Profile {profile} cannot be found.")
}

/// What a role is told that leaves out whose things it means.
pub const USER_NAME_NEEDED: &str = "Must specify userName when calling with non-User credentials";

/// An operation that only long-term credentials may ask for.
pub fn not_with_session(operation: &str) -> String {
    format!("Cannot call {operation} with session credentials")
}

/// A policy that is none of AssumeRoot's tasks.
pub fn no_root_task(arn: &str) -> String {
    format!("{arn} is not a task of the root user. Name a policy below arn:aws:iam::aws:policy/root-task/.")
}

/// AssumeRole of a root user.
pub const ROOT_TAKES_ON_NO_ROLE: &str = "Roles may not be assumed by root accounts.";

/// An ARN of another kind, as STS says it.
pub fn principal_arn_not_valid(arn: &str) -> String {
    format!("{arn} is invalid")
}

/// A session that would outlast its role's longest one.
pub const SESSION_TOO_LONG: &str =
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";

/// A session of a session that would last longer than an hour.
pub const CHAINED_SESSION_TOO_LONG: &str =
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";

/// A session policy that is too long, which AWS repeats.
pub fn session_policy_too_long(document: &str, chars_max: usize) -> String {
    format!(
        "1 validation error detected: Value '{document}' at 'policy' failed to satisfy constraint: Member must \
         have length less than or equal to {chars_max}"
    )
}

/// Too many managed policies of a session.
pub fn too_many_policy_arns(count: usize, count_max: usize) -> String {
    format!(
        "1 validation error detected: Value '[{count} members]' at 'policyArns' failed to satisfy constraint: \
         Member must have length less than or equal to {count_max}"
    )
}

/// Session policies and tags that do not fit into a token.
pub fn packed_policy_too_large(percent: usize) -> String {
    format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
}

/// A transitive tag that is not among the tags.
pub const TRANSITIVE_TAG_NOT_REQUESTED: &str =
    "The specified transitive tag key must be included in the requested tags.";

/// A tag that the session before handed on.
pub const TRANSITIVE_TAG_CONFLICT: &str = "One of the specified transitive tag keys can't be set because it \
                                           conflicts with a transitive tag key from the calling session.";

/// A code of an MFA device without the device, or the other way round.
pub const MFA_NEEDS_BOTH: &str =
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code. ";

/// A code that is wrong, was used, or was one guess too many.
pub const MFA_CODE_REFUSED: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

/// A device that is not the caller's.
pub const MFA_DEVICE_REFUSED: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
                                      verify your MFA serial number is valid and associated with this user.";

/// An unknown access key, or one of somebody else's.
pub fn access_key_not_found(id: &str) -> String {
    format!("The Access Key with id {id} cannot be found.")
}

/// Too many wrong passwords of one principal.
pub fn passwords_exceeded() -> String {
    "Too many wrong passwords. Wait 15 minutes before you try again.".to_owned()
}

/// A required member that is absent, where the model cannot say so.
pub fn member_missing(member: &str) -> String {
    format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must not be null"
    )
}

/// A word that is not one of those that a member may be, where the model cannot say so; as STS says it.
pub fn not_in_set(member: &str, value: &str, set: &[&str]) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must \
         satisfy enum value set: [{}]",
        set.join(", ")
    )
}

/// A user without a password.
pub fn login_profile_not_found(name: &str) -> String {
    format!("Login Profile for User {name} cannot be found.")
}

/// An account without a password policy, as GetAccountPasswordPolicy says it.
pub fn password_policy_not_found(account: &keystead_core::AccountId) -> String {
    format!("The Password Policy with domain name {account} cannot be found.")
}

/// The same, as DeleteAccountPasswordPolicy says it.
pub fn password_policy_not_set() -> String {
    "The account policy with name PasswordPolicy cannot be found.".to_owned()
}

/// A user that has a password.
pub fn login_profile_exists(name: &str) -> String {
    format!("Login Profile for user {name} already exists.")
}

/// A password that was replaced or deleted at the same time.
pub fn login_profile_changed(name: &str) -> String {
    format!("Login Profile for User {name} was changed at the same time. Look at it before you try again.")
}

/// A user of that name exists.
pub fn user_exists(name: &str) -> String {
    format!("User with name {name} already exists.")
}

/// An unknown MFA device, or one of another user.
pub fn mfa_device_not_found(serial_number: &str) -> String {
    format!("MFA Device with serial number {serial_number} does not exist.")
}

/// The name of an MFA device that is taken.
pub const MFA_DEVICE_EXISTS: &str = "MFA device already exists.";

/// An MFA device that belongs to somebody.
pub const MFA_DEVICE_IN_USE: &str = "MFA Device is already in use.";

/// An MFA device that cannot be deleted because it belongs to somebody.
pub const MFA_DEVICE_ASSIGNED: &str = "MFA VirtualDevice in use. Must deactivate first.";

/// Codes of an MFA device that are wrong, do not follow one another, or were used.
pub const MFA_CODE_NOT_VALID: &str = "Authentication code for device is not valid.";

/// Too many of those.
pub const TOO_MANY_MFA_CODES: &str = "Authentication code for device is not valid. There were five wrong codes \
                                      within 15 minutes: wait 15 minutes and try again.";

/// A path that does not begin and end with a slash.
pub const PATH_NOT_VALID: &str = "The specified value for path is invalid. It must begin and end with / and \
                                  contain only alphanumeric characters and/or / characters.";
/// An account alias that is taken, be it by the same account.
pub fn alias_exists(alias: &str) -> String {
    format!("The account alias {alias} already exists.")
}

/// An alias that the account has not got.
pub fn alias_not_found(alias: &str) -> String {
    format!("The account alias {alias} cannot be found.")
}

/// Tag keys that are the same without regard to case.
pub const DUPLICATE_TAG_KEYS: &str =
    "Duplicate tag keys found. Please note that Tag keys are case insensitive.";

/// A resource has as many tags as one may have.
pub const TOO_MANY_TAGS: &str = "The number of tags has reached the maximum limit.";

/// A tag key that only AWS itself may use.
pub fn reserved_tag_key(key: &str) -> String {
    format!("The tag key {key} begins with aws:, which is reserved. Choose a key that does not.")
}

/// A permissions boundary that does not exist.
pub fn boundary_not_found(arn: &str) -> String {
    format!("Scope ARN: {arn} does not exist or is not attachable.")
}

/// A policy that cannot be attached.
pub fn policy_not_attachable(arn: &str) -> String {
    format!("Policy {arn} does not exist or is not attachable.")
}

/// A policy that is not attached.
pub fn policy_not_found(arn: &str) -> String {
    format!("Policy {arn} was not found.")
}

/// A version that a policy has not got, or any of a policy that is not there.
pub fn policy_version_not_found(arn: &str, version_id: &str) -> String {
    format!("Policy {arn} version {version_id} does not exist or is not attachable.")
}

/// A managed policy of that name exists.
pub fn policy_exists(name: &str) -> String {
    format!("A policy called {name} already exists. Duplicate names are not allowed.")
}

/// A policy of another account, or one that every account has.
pub const POLICY_NOT_YOURS_TO_DELETE: &str = "Cannot delete policies outside your own account.";

/// The same of its versions.
pub const POLICY_VERSION_NOT_YOURS_TO_DELETE: &str =
    "Cannot delete policy versions for policies outside your own account.";

/// The same of any other change.
pub const POLICY_NOT_YOURS_TO_UPDATE: &str = "Cannot update policies outside your own account.";

/// A policy that is in use.
pub const POLICY_ATTACHED: &str = "Cannot delete a policy attached to entities.";

/// A policy that is not down to its default version.
pub const POLICY_HAS_VERSIONS: &str = "This policy has more than one version. Before you delete a policy, you \
                                       must delete the policy's versions. The default version is deleted with \
                                       the policy.";

/// The version of a policy that is in force.
pub const POLICY_VERSION_IN_FORCE: &str = "Cannot delete the default version of a policy.";

/// One version more than a policy may have.
pub const TOO_MANY_POLICY_VERSIONS: &str = "A managed policy can have up to 5 versions. Before you create a new \
                                            version, you must delete an existing version.";

/// Tag keys of a policy that are the same without regard to case.
pub const DUPLICATE_POLICY_TAG_KEYS: &str = "Duplicate tag keys found.";

/// A policy that a user, group or role has not got; `noun` says which of them.
pub fn inline_policy_not_found(noun: &str, name: &str) -> String {
    format!("The {noun} policy with name {name} cannot be found.")
}

/// More policies of a user, group or role than fit its quota.
pub fn policies_too_large(chars_max: u64, noun: &str, name: &str) -> String {
    format!("Maximum policy size of {chars_max} bytes exceeded for {noun} {name}")
}

/// An ARN of whose policies something is asked that is not of a user, group or role.
pub fn entity_arn_not_valid(arn: &str) -> String {
    format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.")
}

/// An ARN that is none, or not of what the operation is about.
pub fn arn_not_valid(arn: &str) -> String {
    format!("ARN {arn} is not valid.")
}

/// The address of an OpenID Connect provider that cannot be one.
pub const OIDC_URL_NOT_VALID: &str = "Invalid Open ID Connect Provider URL";

/// An account that trusts this issuer already.
pub fn oidc_provider_exists(url: &str) -> String {
    format!("Provider with url {url} already exists.")
}

/// An unknown OpenID Connect provider, or one of another account.
pub fn oidc_provider_not_found(arn: &str) -> String {
    format!("OpenIDConnect Provider not found for arn {arn}")
}

/// The same, as DeleteOpenIDConnectProvider says it.
pub fn oidc_provider_not_deleted(arn: &str) -> String {
    format!("OpenId connect Provider {arn} cannot be found.")
}

/// More thumbprints than a provider may have.
pub const TOO_MANY_THUMBPRINTS: &str = "Thumbprint list must contain fewer than 5 entries.";

/// A SAML provider of that name exists.
pub fn saml_provider_exists(name: &str) -> String {
    format!("SAMLProvider with name {name} already exists.")
}

/// An unknown SAML provider, or one of another account.
pub fn saml_provider_not_found(arn: &str) -> String {
    format!("Manifest not found for arn {arn}")
}

/// A token of an issuer that the account does not trust.
pub fn issuer_not_trusted(issuer: &str) -> String {
    format!("No OpenIDConnect provider found in your account for {issuer}")
}

/// A role that the holder of a token may not take on, or that is not there.
pub const WEB_IDENTITY_REFUSED: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

/// A provider of tokens that are not of OpenID Connect.
pub const PROVIDER_ID_NOT_TAKEN: &str = "ProviderId is for access tokens of OAuth 2.0, which are not taken. Leave it out and send a token of OpenID \
     Connect.";

/// An unknown signing certificate, or one of somebody else's.
pub fn certificate_not_found(id: &str) -> String {
    format!("The Certificate with id {id} cannot be found.")
}

/// An unknown server certificate.
pub fn server_certificate_not_found(name: &str) -> String {
    format!("The Server Certificate with name {name} cannot be found.")
}

/// A server certificate of that name exists.
pub fn server_certificate_exists(name: &str) -> String {
    format!("The Server Certificate with name {name} already exists.")
}

/// A server's certificate that is none.
pub const CERTIFICATE_NOT_PARSED: &str =
    "Unable to parse certificate. Please ensure the certificate is in PEM format.";

/// A chain in which the certificate at `index` did not sign the one before it.
pub fn chain_broken(index: usize) -> String {
    format!(
        "Unable to validate certificate chain. The certificate chain must start with the immediate signing \
         certificate, followed by any intermediaries in order. The index within the chain of the invalid \
         certificate is: {index}"
    )
}

/// An unknown SSH public key, or one of somebody else's.
pub fn public_key_not_found(id: &str) -> String {
    format!("The Public Key with id {id} cannot be found.")
}

/// An unknown service-specific credential, or one of somebody else's.
pub fn service_credential_not_found(id: &str) -> String {
    format!("No such credential {id} exists")
}

/// A service that has no credentials of its own.
pub fn service_without_credentials(service: &str) -> String {
    format!("No such service {service} is supported for Service Specific Credentials")
}

/// An unknown report on last accesses.
pub fn job_not_found(id: &str) -> String {
    format!("The job with id {id} cannot be found.")
}
