//! Roles, and the instance profiles that carry them.

use crate::arn::Arn;
use crate::id::AccountId;
use crate::time::Timestamp;

/// How long a session of a role may last where nothing else was said, in seconds.
pub const SESSION_SECONDS_DEFAULT: i64 = 3600;

/// A role, which anybody may take on for a while whom its trust policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `AROA…`.
    pub id: String,
    /// Its name as given; unique among the account's roles without regard to case.
    pub name: String,
    /// Its path, beginning and ending with a slash.
    pub path: String,
    /// What it is for, in words.
    pub description: Option<String>,
    /// The document that says who may take it on, as given.
    pub trust_policy: String,
    /// The unique id of each user and role that the document names by ARN, as it was when the document was
    /// given: a later user of the same name is somebody else.
    pub trusted_ids: Vec<TrustedId>,
    /// How long a session may last, in seconds: 3,600 to 43,200.
    pub max_session_seconds: i64,
    /// ARN of the managed policy that bounds what it may be allowed, if one does.
    pub permissions_boundary: Option<String>,
    /// The service that it is linked to, if it is a service-linked role.
    pub service_name: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who an ARN in a trust policy meant.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TrustedId {
    /// The ARN as written.
    pub arn: String,
    /// The unique id it had.
    pub id: String,
}

impl Role {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::role(self.account, &self.path, &self.name)
    }
}

/// An instance profile, by which a machine is given a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfile {
    /// The account it belongs to.
    pub account: AccountId,
    /// Its unique id, `AIPA…`.
    pub id: String,
    /// Its name as given; unique among the account's instance profiles without regard to case.
    pub name: String,
    /// Its path, beginning and ending with a slash.
    pub path: String,
    /// The unique id of the role in it.
    pub role_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl InstanceProfile {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::instance_profile(self.account, &self.path, &self.name)
    }
}
