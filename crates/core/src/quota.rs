//! How many of a thing an account may have: AWS's figures by default.

/// The quotas of an account. Source: IAM User Guide, "IAM and AWS STS quotas".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// IAM users per account.
    pub users: u64,
    /// Access keys per user, inactive ones included. Rotation rests on this being two.
    pub access_keys_per_user: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { users: 5000, access_keys_per_user: 2 }
    }
}
