//! Logs of other authorities as evidence: who used which key, read from records that anybody may have written.
//!
//! What a record says goes into labels and times, never into a decision of what to trust: a key that is not ours is
//! left out by the operation, and what cannot be read is counted by reason.
//!
//! - `cloudtrail`: CloudTrail's records, by `userIdentity.accessKeyId`.
//! - `s3_log`: server access log lines, which name a key for presigned requests only.

pub mod cloudtrail;
pub mod s3_log;

use keystead_core::{AccessKeyId, AccountId, Timestamp};
use keystead_store::uses::KeyUse;

/// The longest label that is kept of a record.
const LABEL_MAX: usize = 128;

/// One use of a key, as a log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The event's own id, or a hash of its line.
    pub event_id: String,
    /// The key.
    pub key: AccessKeyId,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub source: Option<String>,
    /// Which service.
    pub service: Option<String>,
    /// In which region.
    pub region: Option<String>,
    /// With which program, as it says itself.
    pub user_agent: Option<String>,
    /// The key was not accepted.
    pub refused: bool,
}

/// Why a record is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skipped {
    /// It is not in the form of its log.
    Unreadable,
    /// It says nothing of an access key.
    NamesNoKey,
}

impl Skipped {
    /// The reason in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "not in the form of this log",
            Self::NamesNoKey => "names no access key",
        }
    }
}

/// A text of a record as a label: short, and without what would act on a terminal.
fn label(text: &str) -> Option<String> {
    let clean: String = text.chars().filter(|c| !c.is_control()).take(LABEL_MAX).collect();
    let clean = clean.trim();
    (!clean.is_empty() && clean != "-").then(|| clean.to_owned())
}

impl Seen {
    /// What is to be added to the uses of its key. Imported uses stand beside those that this authority saw.
    pub fn into_use(self, account: AccountId, log: &str) -> KeyUse {
        let app_id =
            self.user_agent.as_deref().and_then(|agent| label(keystead_gate::last_used::app_id(agent)));
        let parts = [&self.source, &self.service, &self.region, &app_id];
        let parts: Vec<&str> = parts.into_iter().map(|part| part.as_deref().unwrap_or_default()).collect();
        let (used, refused) = if self.refused { (None, Some(self.at)) } else { (Some(self.at), None) };
        KeyUse {
            account,
            access_key_id: self.key.into(),
            consumer_key: format!("{log}|{}", parts.join("|")),
            verifier_id: Some(log.to_owned()),
            source_address: self.source,
            service: self.service,
            region: self.region,
            app_id,
            user_agent: self.user_agent,
            first_used_at: used,
            last_used_at: used,
            uses: i64::from(used.is_some()),
            refused_at: refused,
            refusals: i64::from(refused.is_some()),
            slowest_interval: None,
        }
    }
}
