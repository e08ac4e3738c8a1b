//! The receipt: every piece of evidence of a rotation with its time and source, chained by hash.
//!
//! Each entry's hash covers the entry and the hash before it, and the document keeps the last one, so an
//! entry changed, left out or added afterwards is found by anyone who has the receipt.

use std::fmt;

use keystead_core::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::machine::{self, Happening, Outcome, Rotation};
use crate::strength::Strength;

/// How far a journal has come: the number and the hash of its last entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// How many entries there are.
    pub count: u64,
    /// The hash of the last, in hexadecimal; empty before the first.
    pub hash: String,
}

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When it was written.
    #[schema(value_type = i64)]
    pub at: Timestamp,
    /// What happened.
    #[schema(value_type = serde_json::Value)]
    pub happening: Happening,
    /// The hash of the entry before.
    pub previous: String,
    /// The hash of all of this.
    pub hash: String,
}

impl Entry {
    /// The entry that follows `position`, which moves on to it.
    pub fn chain(position: &mut Position, at: Timestamp, happening: Happening) -> Self {
        position.count += 1;
        let previous = std::mem::take(&mut position.hash);
        let hash = Self::hash(position.count, at, &happening, &previous);
        position.hash.clone_from(&hash);
        Self { number: position.count, at, happening, previous, hash }
    }

    fn hash(number: u64, at: Timestamp, happening: &Happening, previous: &str) -> String {
        let text = serde_json::to_vec(&(number, at, happening, previous)).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }

    fn is_whole(&self) -> bool {
        self.hash == Self::hash(self.number, self.at, &self.happening, &self.previous)
    }
}

/// The receipt of a rotation: JSON by serde, text by `Display`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The rotation.
    pub rotation: String,
    /// The managed credential.
    pub credential: String,
    /// Whose key it is.
    pub principal: String,
    /// The durations it kept to.
    pub profile: String,
    /// Where it stands.
    pub state: String,
    /// Every entry in order.
    pub entries: Vec<Entry>,
    /// The hash of the last entry.
    pub hash: String,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Piece {
    /// The entry it stands in.
    pub entry: u64,
    /// When it was written down.
    pub at: String,
    /// What it is worth.
    pub strength: Strength,
    /// Where it comes from.
    pub source: String,
    /// What was found.
    pub finding: String,
}

/// Why a receipt is not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// An entry is missing, or out of order.
    #[error("entry {0} does not follow the one before")]
    Broken(u64),
    /// An entry was changed.
    #[error("entry {0} was changed")]
    Changed(u64),
    /// The end is missing.
    #[error("the last entry is missing")]
    CutShort,
}

impl Receipt {
    /// The receipt of `rotation` with its journal.
    pub fn new(rotation: &Rotation, entries: Vec<Entry>) -> Self {
        Self {
            rotation: rotation.id.clone(),
            credential: rotation.credential.clone(),
            principal: rotation.principal.arn.clone(),
            profile: rotation.profile.name.clone(),
            state: rotation.state.name().to_owned(),
            entries,
            hash: rotation.journal.hash.clone(),
        }
    }

    /// Every piece of evidence, with what it is worth.
    pub fn evidence(&self) -> Vec<Piece> {
        let piece = |entry: &Entry| match &entry.happening {
            Happening::Evidence { source, finding } => Some(Piece {
                entry: entry.number,
                at: entry.at.to_iso8601(),
                strength: Strength::of(source),
                source: source.clone(),
                finding: finding.clone(),
            }),
            _ => None,
        };
        self.entries.iter().filter_map(piece).collect()
    }

    /// Checks the chain from its first to its last entry.
    pub fn check(&self) -> Result<(), ReceiptError> {
        let mut position = Position::default();
        for entry in &self.entries {
            if entry.number != position.count + 1 || entry.previous != position.hash {
                return Err(ReceiptError::Broken(entry.number));
            }
            if !entry.is_whole() {
                return Err(ReceiptError::Changed(entry.number));
            }
            position = Position { count: entry.number, hash: entry.hash.clone() };
        }
        if position.hash == self.hash { Ok(()) } else { Err(ReceiptError::CutShort) }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Rotation {} of `{}`, {}: {}",
            self.rotation, self.credential, self.principal, self.state
        )?;
        writeln!(f, "Profile: {}", self.profile)?;
        for entry in &self.entries {
            writeln!(f, "{}  {}", entry.at, entry.happening)?;
        }
        let count = |strength| self.evidence().iter().filter(|piece| piece.strength == strength).count();
        let [strong, medium, weak] = [Strength::Strong, Strength::Medium, Strength::Weak].map(count);
        writeln!(f, "Evidence: {strong} strong, {medium} medium, {weak} weak")?;
        write!(f, "Chain: {} entries, ends in {}", self.entries.len(), self.hash)
    }
}

impl Happening {
    /// What sort of happening it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Evidence { .. } => "evidence",
            Self::StillUsed { .. } => "still_used",
            Self::Moved { .. } => "moved",
            Self::Asked { .. } => "asked",
            Self::Ordered { .. } => "ordered",
            Self::Intended { .. } => "intended",
            Self::Resulted { .. } => "resulted",
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { old_key, profile, .. } => {
                write!(f, "began with {old_key}, profile `{profile}`")
            }
            Self::Evidence { source, finding } => write!(f, "[{source}] {finding}"),
            Self::StillUsed { key, consumers } => {
                write!(f, "{key} is still used by {}", machine::list(consumers))
            }
            Self::Moved { from, to, because } => write!(f, "{from} -> {to}: {because}"),
            Self::Asked { number, question } => write!(f, "question {number}: {}", question.sentence()),
            Self::Ordered { by, order, answer } => write!(f, "{by} ordered: {order}; {answer}"),
            Self::Intended { effect } => write!(f, "about to {effect}"),
            Self::Resulted { effect, outcome: Outcome::Failed { failure } } => {
                write!(f, "did not {effect}: {failure}")
            }
            Self::Resulted { effect, .. } => write!(f, "did {effect}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        let mut position = Position::default();
        let finding = |n: i64| Happening::Evidence { source: "test".into(), finding: format!("finding {n}") };
        let entries: Vec<_> =
            (1..=4).map(|n| Entry::chain(&mut position, Timestamp::from_secs(n), finding(n))).collect();
        let text = |t: &str| t.to_owned();
        Receipt {
            rotation: text("r"),
            credential: text("c"),
            principal: text("p"),
            profile: text("demo"),
            state: text("done"),
            entries,
            hash: position.hash,
        }
    }

    #[test]
    fn a_receipt_that_was_tampered_with_is_found_out() {
        assert_eq!(receipt().check(), Ok(()));
        let mut changed = receipt();
        changed.entries[1].at = Timestamp::from_secs(7);
        assert_eq!(changed.check(), Err(ReceiptError::Changed(2)));
        let mut left_out = receipt();
        left_out.entries.remove(2);
        assert_eq!(left_out.check(), Err(ReceiptError::Broken(4)));
        let mut cut = receipt();
        cut.entries.pop();
        assert_eq!(cut.check(), Err(ReceiptError::CutShort));
    }

    #[test]
    fn a_receipt_reads_the_same_after_json() {
        let receipt = receipt();
        let json = serde_json::to_string(&receipt).unwrap();
        let back: Receipt = serde_json::from_str(&json).unwrap();
        assert_eq!(back, receipt);
        assert!(receipt.to_string().contains("1970-01-01T00:00:02Z  [test] finding 2"));
    }
}
