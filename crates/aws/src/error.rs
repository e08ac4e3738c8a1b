//! Every error an AWS client can be told, and the one table that gives its code, status and message.
//!
//! Nothing else in the workspace names an AWS error code. Texts follow AWS's own; where they were
//! recorded from the service they are the service's to the letter.

pub mod text;

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
    /// Credentials of a cloud that are not taken, in the words of seed 001; the code is ours.
    CloudRefused {
        /// Which of the cases.
        code: &'static str,
        /// HTTP status.
        status: u16,
        /// What is wrong, and what to do.
        message: String,
    },
    /// Inputs of a workload that it cannot be given; all of them, each with its reason.
    InputsMissing(String),
    /// Two changes met, or a request was carried out already and its answer cannot be given again.
    ConcurrentModification(String),
    /// An idempotency key that stands for another request already.
    IdempotencyKeyReused,
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

/// Whether a code says that no policy allows what was asked.
pub fn is_denial(code: &str) -> bool {
    code == "AccessDenied"
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
            Self::CloudRefused { code, status, message } => (*code, *status, message.clone()),
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
            Self::InputsMissing(text) => ("InputsMissing", 409, text.clone()),
            Self::ConcurrentModification(text) => ("ConcurrentModification", 409, text.clone()),
            Self::IdempotencyKeyReused => (
                "IdempotentParameterMismatch",
                422,
                "The idempotency key was used for another request within the last day. Send each request under a \
                 key of its own."
                    .to_owned(),
            ),
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
    /// The account is not subscribed to the service, or has not opted in to the region.
    OptInRequired,
    /// The date of the request is too far from the other's clock.
    ClockSkew,
    /// A quota is reached.
    LimitExceeded,
    /// What was named is not there.
    NotFound,
    /// Nobody there knows the action or the service.
    Unsupported,
    /// Anything else: it may have happened.
    Unknown,
}

/// Whether a denial says that a statement forbids the action, and not that none permits it.
pub fn is_explicit_deny(message: &str) -> bool {
    message.contains("with an explicit deny")
}

impl RemoteFault {
    /// From the HTTP status and the error code of a reply.
    pub fn of(status: u16, code: &str) -> Self {
        match code {
            "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "BandwidthLimitExceeded" => Self::Throttled,
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Self::Denied,
            "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "UnrecognizedClientException"
            | "ExpiredToken"
            | "ExpiredTokenException"
            | "InvalidToken"
            | "MissingAuthenticationToken"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "AuthFailure" => Self::NotAccepted,
            "RequestExpired" | "RequestTimeTooSkewed" => Self::ClockSkew,
            "OptInRequired" | "SubscriptionRequiredException" | "NotSignedUp" => Self::OptInRequired,
            "LimitExceeded" => Self::LimitExceeded,
            "NoSuchEntity" | "ResourceNotFoundException" | "ParameterNotFound" => Self::NotFound,
            "InvalidAction" | "UnknownOperationException" | "NotImplemented" => Self::Unsupported,
            // Nobody who speaks the protocol answers these without a code.
            "" if matches!(status, 404 | 405 | 501) => Self::Unsupported,
            _ if status == 429 => Self::Throttled,
            _ => Self::Unknown,
        }
    }
}
