//! Every error an AWS client can be told, and the one table that gives its code, status and message.
//!
//! Nothing else in the workspace names an AWS error code. Texts follow AWS's own; where they were
//! recorded from the service they are the service's to the letter.

/// What went wrong, in the words of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    // Reading the request.
    /// A path that is not absolute, climbs above the root or has a broken escape; the text says which.
    InvalidUriPath(String),
    /// The body or the query string cannot be read as parameters; the text says where.
    MalformedQueryString(String),
    /// More bytes than the limit.
    RequestEntityTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// No `Action` parameter.
    MissingAction,
    /// An action that the service does not have, or that Keystead does not support.
    InvalidAction {
        /// The action asked for.
        action: String,
        /// The version asked for.
        version: String,
        /// Whether AWS has it, so that the message can say "not supported" rather than "unknown".
        known: bool,
    },
    /// A number or a truth value that cannot be read as one; AWS gives a text for some of them only.
    MalformedInput(Option<&'static str>),
    /// Input that breaks a constraint of the service model; the whole text, counted and joined.
    ValidationError(String),
    /// Input of the right form that the operation refuses.
    InvalidInput(String),

    // Who is it.
    /// Neither header nor query credentials, or both.
    MissingAuthenticationToken,
    /// Credentials that cannot be read; the text says what is missing.
    IncompleteSignature(String),
    /// A signature that cannot be right whatever the secret: scope, date, unsigned headers.
    SignatureRefused(String),
    /// A signature that is wrong.
    SignatureDoesNotMatch,
    /// An unknown, deleted or inactive key, or a session without its token.
    InvalidClientTokenId,
    /// A Host this installation does not go by.
    MisdirectedRequest {
        /// The host asked for.
        host: String,
    },

    // May they.
    /// No policy allows it.
    AccessDenied {
        /// ARN of the caller.
        caller: String,
        /// For example `iam:CreateUser`.
        action: String,
        /// ARN asked for, or `*`.
        resource: String,
        /// Which kind of policy refused it, in AWS's words; empty where AWS does not say.
        because: String,
        /// What the denial rests on, sealed for those who may know it.
        message: Option<Box<str>>,
    },
    /// Refused for a reason that no policy can change; the whole text.
    Refused(String),
    /// A session that is over.
    ExpiredToken,
    /// A message about a denial that is none, or one of another account.
    InvalidAuthorizationMessage,
    /// A change of the root user's credentials by somebody else.
    RootOnly,
    /// GetAccessKeyLastUsed of a key that is not the caller's or does not exist.
    AccessKeyNotYours {
        /// ARN of the caller.
        caller: String,
        /// The id asked for.
        access_key_id: String,
    },

    // The work.
    /// Something named does not exist; the whole text.
    NoSuchEntity(String),
    /// Something of that name exists; the whole text.
    EntityAlreadyExists(String),
    /// A quota is reached.
    LimitExceeded {
        /// AWS's name of the quota, for example `AccessKeysPerUser`.
        quota: &'static str,
        /// Its value.
        value: u64,
    },
    /// Another limit is reached, for which AWS has a sentence of its own; the whole text.
    LimitReached(String),
    /// Something still hangs on what is to be deleted; the whole text.
    DeleteConflict(String),
    /// A policy document that is not one, or not for this; AWS's sentence.
    MalformedPolicyDocument(String),
    /// Values that do not go together; the whole text.
    InvalidParameterValue(String),
    /// Session policies and tags that are too much for a token; the whole text.
    PackedPolicyTooLarge(String),
    /// Something that may not be changed by hand; the whole text.
    UnmodifiableEntity(String),
    /// Something that only an IAM user may do, asked by another principal; the whole text.
    InvalidUserType(String),
    /// Something that is just being changed by somebody else; the whole text.
    EntityTemporarilyUnmodifiable(String),
    /// A password that breaks the account's password policy; the rules it breaks.
    PasswordPolicyViolation(String),
    /// The old password given to change it is wrong.
    OldPasswordIncorrect,
    /// A password given to confirm something else is wrong.
    PasswordIncorrect,
    /// A certificate that cannot be read; its text goes into the message as it came.
    MalformedCertificate {
        /// What was sent.
        body: String,
    },
    /// A server's certificate, chain or private key that cannot be read or used; the whole text.
    UnusableCertificate(String),
    /// A certificate that can be read and not be used; the whole text.
    InvalidCertificate(String),
    /// A certificate that the account has already; the whole text.
    DuplicateCertificate(String),
    /// A private key that does not belong to its certificate; the whole text.
    KeyPairMismatch(String),
    /// A public key that the user has already; the whole text.
    DuplicateSshPublicKey(String),
    /// A public key that cannot be used; the whole text.
    InvalidPublicKey(String),
    /// A public key in an encoding that is not known; the whole text.
    UnrecognizedPublicKeyEncoding(String),
    /// Codes of an MFA device that are wrong, out of order or used; the whole text.
    InvalidAuthenticationCode(String),
    /// There is no credential report. AWS sends no message with it.
    ReportNotPresent,
    /// The credential report is too old to be given out. Without a message as well.
    ReportExpired,
    /// The credential report is being made. Without a message as well.
    ReportInProgress,
    /// A token of an identity provider that is none, not genuine, or not for here; the whole text.
    InvalidIdentityToken(String),
    /// A token of an identity provider that is genuine and says that it does not hold; the whole text.
    IdpRejectedClaim(String),
    /// An identity provider that cannot be asked for its keys; the whole text.
    IdpCommunicationError(String),
    /// A token of an identity provider that has ended; both in seconds since 1970.
    TokenExpired {
        /// When it is.
        now: i64,
        /// When it ended.
        until: i64,
    },
    /// An account that is in no organization.
    OrganizationNotFound,
    /// The account's outbound federation is switched on already.
    FeatureEnabled,
    /// The account's outbound federation is not switched on, for who looks at it or switches it off.
    FeatureDisabled,
    /// The same, for who wants a token.
    OutboundFederationDisabled,
    /// A token that would live longer than the session that asks for it.
    SessionDurationEscalation,
    /// A token of more than so many bytes.
    TokenTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Two changes met, or a request was carried out already and its answer cannot be given again.
    ConcurrentModification(String),
    /// Too much at once, or a repetition that must be signed anew. SDKs wait and try again.
    Throttling(String),

    // Our side.
    /// The store cannot be reached or written; nothing was changed. SDKs try again.
    ServiceUnavailable(String),
    /// Something failed that the caller cannot mend. The source is for the log, never for the caller.
    Internal(InternalSource),
}

/// What an internal failure was, for the log. Equality is not meaningful and always false.
#[derive(Clone, Debug)]
pub struct InternalSource(pub String);

impl PartialEq for InternalSource {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}
impl Eq for InternalSource {}

/// Whose fault it is, as `<Type>` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The caller's: 4xx.
    Sender,
    /// The service's: 5xx.
    Receiver,
}

/// A fault as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The code SDKs make exceptions from.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// `<Type>`.
    pub side: Side,
    /// `<Message>`; absent where AWS sends none.
    pub message: Option<String>,
    /// What a denial rests on, sealed; it goes beside the error.
    pub authorization_message: Option<Box<str>>,
}

/// A fault of an operation or of the way to it.
pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// An internal failure; `source` goes to the log only.
    pub fn internal(source: impl std::fmt::Display) -> Self {
        Self::Internal(InternalSource(source.to_string()))
    }

    /// The one table from fault to wire.
    #[expect(clippy::too_many_lines, reason = "one row a fault: a table reads best whole")]
    pub fn wire(&self) -> Wire {
        let (code, status, message) = match self {
            Self::InvalidUriPath(text) => ("InvalidURIPath", 400, text.clone()),
            Self::MalformedQueryString(text) => ("MalformedQueryString", 400, text.clone()),
            Self::RequestEntityTooLarge { limit } => {
                ("RequestEntityTooLarge", 413, format!("Request body is larger than {limit} bytes."))
            }
            Self::MissingAction => ("MissingAction", 400, "The request is missing an Action parameter.".to_owned()),
            Self::InvalidAction { action, version, known: true } => (
                "InvalidAction",
                400,
                format!("The action {action} of version {version} is not supported by this service yet."),
            ),
            Self::InvalidAction { action, version, known: false } => (
                "InvalidAction",
                400,
                format!("Could not find operation {action} for version {version}"),
            ),
            Self::MalformedInput(text) => ("MalformedInput", 400, text.unwrap_or_default().to_owned()),
            Self::ValidationError(text) => ("ValidationError", 400, text.clone()),
            Self::InvalidInput(text) => ("InvalidInput", 400, text.clone()),
            Self::MissingAuthenticationToken => {
                ("MissingAuthenticationToken", 403, "Request is missing Authentication Token".to_owned())
            }
            Self::IncompleteSignature(text) => ("IncompleteSignature", 400, text.clone()),
            Self::SignatureRefused(text) => ("SignatureDoesNotMatch", 403, text.clone()),
            Self::SignatureDoesNotMatch => (
                "SignatureDoesNotMatch",
                403,
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details."
                    .to_owned(),
            ),
            Self::InvalidClientTokenId => {
                ("InvalidClientTokenId", 403, "The security token included in the request is invalid.".to_owned())
            }
            Self::MisdirectedRequest { host } => (
                "MisdirectedRequest",
                421,
                format!("This installation does not go by the host {host}. Add it to `public_hosts` if it should."),
            ),
            Self::AccessDenied { caller, action, resource, because, .. } => {
                let text =
                    format!("User: {caller} is not authorized to perform: {action} on resource: {resource} {because}");
                ("AccessDenied", 403, text.trim_end().to_owned())
            }
            Self::Refused(text) => ("AccessDenied", 403, text.clone()),
            Self::ExpiredToken => {
                ("ExpiredToken", 403, "The security token included in the request is expired".to_owned())
            }
            Self::InvalidAuthorizationMessage => {
                ("InvalidAuthorizationMessageException", 400, "Message is not valid".to_owned())
            }
            Self::RootOnly => {
                ("AccessDenied", 403, "IAM users cannot manage credentials for the AWS account.".to_owned())
            }
            Self::AccessKeyNotYours { caller, access_key_id } => (
                "AccessDenied",
                403,
                format!(
                    "User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key \
                     {access_key_id}"
                ),
            ),
            Self::NoSuchEntity(text) => ("NoSuchEntity", 404, text.clone()),
            Self::EntityAlreadyExists(text) => ("EntityAlreadyExists", 409, text.clone()),
            Self::LimitExceeded { quota, value } => {
                ("LimitExceeded", 409, format!("Cannot exceed quota for {quota}: {value}"))
            }
            Self::LimitReached(text) => ("LimitExceeded", 409, text.clone()),
            Self::DeleteConflict(text) => ("DeleteConflict", 409, text.clone()),
            Self::MalformedPolicyDocument(text) => ("MalformedPolicyDocument", 400, text.clone()),
            Self::InvalidParameterValue(text) => ("InvalidParameterValue", 400, text.clone()),
            Self::PackedPolicyTooLarge(text) => ("PackedPolicyTooLarge", 400, text.clone()),
            Self::UnmodifiableEntity(text) => ("UnmodifiableEntity", 400, text.clone()),
            Self::InvalidUserType(text) => ("InvalidUserType", 400, text.clone()),
            Self::EntityTemporarilyUnmodifiable(text) => ("EntityTemporarilyUnmodifiable", 409, text.clone()),
            Self::PasswordPolicyViolation(text) => (
                "PasswordPolicyViolation",
                400,
                format!("Password does not conform to the account password policy. {text}"),
            ),
            Self::OldPasswordIncorrect => ("AccessDenied", 403, "The old password was incorrect.".to_owned()),
            Self::PasswordIncorrect => ("AccessDenied", 403, "The password is incorrect.".to_owned()),
            Self::MalformedCertificate { body } => {
                ("MalformedCertificate", 400, format!("Certificate {body} is malformed."))
            }
            Self::UnusableCertificate(text) => ("MalformedCertificate", 400, text.clone()),
            Self::InvalidCertificate(text) => ("InvalidCertificate", 400, text.clone()),
            Self::DuplicateCertificate(text) => ("DuplicateCertificate", 409, text.clone()),
            Self::KeyPairMismatch(text) => ("KeyPairMismatch", 400, text.clone()),
            Self::DuplicateSshPublicKey(text) => ("DuplicateSSHPublicKey", 400, text.clone()),
            Self::InvalidPublicKey(text) => ("InvalidPublicKey", 400, text.clone()),
            Self::UnrecognizedPublicKeyEncoding(text) => ("UnrecognizedPublicKeyEncoding", 400, text.clone()),
            Self::InvalidAuthenticationCode(text) => ("InvalidAuthenticationCode", 403, text.clone()),
            Self::ReportNotPresent => ("ReportNotPresent", 410, String::new()),
            Self::ReportExpired => ("ReportExpired", 410, String::new()),
            Self::ReportInProgress => ("ReportInProgress", 404, String::new()),
            Self::InvalidIdentityToken(text) => ("InvalidIdentityToken", 400, text.clone()),
            Self::IdpRejectedClaim(text) => ("IDPRejectedClaim", 403, text.clone()),
            Self::IdpCommunicationError(text) => ("IDPCommunicationError", 400, text.clone()),
            Self::TokenExpired { now, until } => (
                "ExpiredTokenException",
                400,
                format!(
                    "Token expired: current date/time {now} must be before the expiration date/time {until}"
                ),
            ),
            Self::OrganizationNotFound => (
                "OrganizationNotFoundException",
                400,
                "This account is in no organization: accounts here stand on their own.".to_owned(),
            ),
            Self::FeatureEnabled => (
                "FeatureEnabled",
                409,
                "Outbound identity federation is already enabled for this account. \
                 GetOutboundWebIdentityFederationInfo shows its issuer."
                    .to_owned(),
            ),
            Self::FeatureDisabled => {
                ("FeatureDisabled", 404, "Outbound identity federation is not enabled for this account.".to_owned())
            }
            Self::OutboundFederationDisabled => (
                "OutboundWebIdentityFederationDisabledException",
                403,
                "Outbound identity federation is not enabled for this account. An administrator enables it by \
                 EnableOutboundWebIdentityFederation."
                    .to_owned(),
            ),
            Self::SessionDurationEscalation => (
                "SessionDurationEscalationException",
                403,
                "The token would live longer than the session that asks for it. Ask for a shorter DurationSeconds."
                    .to_owned(),
            ),
            Self::TokenTooLarge { limit } => (
                "JWTPayloadSizeExceededException",
                400,
                format!("The claims of the token would have more than {limit} bytes. Ask for fewer or shorter Tags."),
            ),
            Self::ConcurrentModification(text) => ("ConcurrentModification", 409, text.clone()),
            Self::Throttling(text) => ("Throttling", 400, text.clone()),
            Self::ServiceUnavailable(text) => ("ServiceUnavailable", 503, text.clone()),
            Self::Internal(_) => (
                "ServiceFailure",
                500,
                "The request processing has failed because of an unknown error, exception or failure.".to_owned(),
            ),
        };
        let side = if status < 500 { Side::Sender } else { Side::Receiver };
        // An empty text is none at all.
        let message = Some(message).filter(|message| !message.is_empty());
        let authorization_message = match self {
            Self::AccessDenied { message, .. } => message.clone(),
            _ => None,
        };
        Wire { code, status, side, message, authorization_message }
    }
}

/// What an error reply of another service amounts to, for whoever called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteFault {
    /// Too many requests: nothing happened.
    Throttled,
    /// A permission is missing: nothing happened.
    Denied,
    /// The key that signed is not accepted.
    NotAccepted,
    /// A quota is reached.
    LimitExceeded,
    /// What was named is not there.
    NotFound,
    /// Anything else: it may have happened.
    Unknown,
}

impl RemoteFault {
    /// From the HTTP status and the error code of a reply.
    pub fn of(status: u16, code: &str) -> Self {
        match code {
            "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" => {
                Self::Throttled
            }
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Self::Denied,
            "InvalidClientTokenId" | "SignatureDoesNotMatch" | "AuthFailure" | "InvalidAccessKeyId" => {
                Self::NotAccepted
            }
            "LimitExceeded" => Self::LimitExceeded,
            "NoSuchEntity" => Self::NotFound,
            _ if status == 429 => Self::Throttled,
            _ => Self::Unknown,
        }
    }
}

/// The texts of `NoSuchEntity` and its like, written once.
pub mod text {
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
        format!(
            "{arn} is not a task of the root user. Name a policy below arn:aws:iam::aws:policy/root-task/."
        )
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
    pub const MFA_CODE_REFUSED: &str =
        "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

    /// A device that is not the caller's.
    pub const MFA_DEVICE_REFUSED: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please \
                                          verify your MFA serial number is valid and associated with this user.";

    /// An unknown report on last accesses.
    pub fn job_not_found(id: &str) -> String {
        format!("The job with id {id} cannot be found.")
    }

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
        format!(
            "Login Profile for User {name} was changed at the same time. Look at it before you try again."
        )
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
}
