//! What can go wrong in a call to a cloud, told apart by what it means for the connection.

/// Why a call to a cloud has no result. Texts are the cloud's own, shortened and made printable; none holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudFault {
    /// Nobody answered.
    Unreachable(String),
    /// The key is not accepted: unknown, inactive, expired, or with another secret.
    NotAccepted {
        /// The cloud's code.
        code: String,
        /// The cloud's words.
        message: String,
    },
    /// The key is accepted and may not do this.
    Denied {
        /// What it may not do, for example `ec2:DescribeRegions`.
        action: String,
        /// The cloud's words.
        message: String,
    },
    /// The account is not subscribed to the service, or has not opted in to the region.
    OptInRequired {
        /// The service, as people call it, for example `EC2`.
        service: String,
        /// The cloud's words.
        message: String,
    },
    /// The cloud is busy, for longer than we are patient.
    Throttled(String),
    /// Our clock and the cloud's are too far apart.
    ClockSkew {
        /// The cloud's clock minus ours, in seconds.
        seconds: i64,
    },
    /// What was named is not there.
    NotFound(String),
    /// The endpoint does not know the service.
    Unsupported(String),
    /// Another error of the cloud.
    Failed {
        /// HTTP status.
        status: u16,
        /// The cloud's code.
        code: String,
        /// The cloud's words.
        message: String,
    },
    /// An answer that is none: a redirect, not XML, without what it must have.
    Unreadable(String),
}

impl CloudFault {
    /// Which fault it is, in a word.
    pub const fn state(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::NotAccepted { .. } => "not_accepted",
            Self::Denied { .. } => "denied",
            Self::OptInRequired { .. } => "opt_in_required",
            Self::Throttled(_) => "throttled",
            Self::ClockSkew { .. } => "clock_skew",
            Self::NotFound(_) => "not_found",
            Self::Unsupported(_) => "unsupported",
            Self::Failed { .. } => "failed",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// The longest text of a cloud that is repeated, in characters.
const TEXT_MAX: usize = 300;

/// A text of a cloud as it may be shown: short, in one line, without control characters.
pub(crate) fn printable(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = plain.take(TEXT_MAX).collect();
    if text.chars().nth(TEXT_MAX).is_some() {
        shown.push('…');
    }
    shown.trim().to_owned()
}

impl std::fmt::Display for CloudFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the cloud did not answer: {why}"),
            Self::NotAccepted { code, message } => write!(f, "the key is not accepted ({code}: {message})"),
            Self::Denied { action, message } => write!(f, "the key may not do {action} ({message})"),
            Self::OptInRequired { service, message } => write!(f, "{service}: \"OptInRequired: {message}\""),
            Self::Throttled(message) => write!(f, "the cloud is busy ({message})"),
            Self::ClockSkew { seconds } => {
                write!(f, "this machine's clock and the cloud's are {} seconds apart", seconds.abs())
            }
            Self::NotFound(message) => write!(f, "the cloud does not find it ({message})"),
            Self::Unsupported(message) => write!(f, "the endpoint does not know the service ({message})"),
            Self::Failed { status, code, message } => {
                write!(f, "the cloud failed with status {status} ({code}: {message})")
            }
            Self::Unreadable(why) => write!(f, "the cloud's answer cannot be read: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_a_cloud_is_one_short_line() {
        assert_eq!(printable("a\r\nb\u{7}c "), "a  b c");
        assert_eq!(printable(&"x".repeat(10_000)).chars().count(), TEXT_MAX + 1);
    }
}
