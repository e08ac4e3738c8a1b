//! Something that costs a person a moment and a program more, before a letter is sent to an address anybody may type:
//! a picture of letters, or a small computation for whoever cannot see it.
//!
//! Nothing is stored of a challenge until it is answered. It is sealed into the form, good for ten minutes and once.

mod font;
mod picture;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Timestamp, rng};
use keystead_gate::Gate;
use keystead_store::{Command, Place};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long somebody may take to answer.
const LASTS: Duration = Duration::from_mins(10);
/// How many letters there are.
const LETTERS: usize = 6;
/// How many zero bits the digest of a computed answer begins with: some 65,000 tries, a second or two in a browser.
pub const PROOF_BITS: u32 = 16;

/// A challenge, as a form shows it.
pub struct Challenge {
    /// For the form, to come back with the answer.
    pub sealed: String,
    /// The letters, as the address of an image.
    pub picture: String,
    /// What is to be computed on: the answer is a number that makes the SHA-256 of `task:number` begin with
    /// [`PROOF_BITS`] zero bits.
    pub task: String,
}

#[derive(Serialize, Deserialize)]
struct Held {
    id: String,
    letters: String,
    ends_at: Timestamp,
}

/// Draws a challenge.
pub fn draw(gate: &Gate, now: Timestamp) -> Result<Challenge> {
    let rng = &**gate.rng();
    let held =
        Held { id: rng::uuid(rng), letters: rng.text(LETTERS, font::LETTERS), ends_at: now.plus(LASTS) };
    let text = serde_json::to_vec(&held).map_err(Fault::internal)?;
    let sealed = gate.store().sealer().seal(&place()?, &text, rng)?;
    Ok(Challenge {
        sealed: URL_SAFE_NO_PAD.encode(sealed.as_bytes()),
        picture: format!("data:image/png;base64,{}", STANDARD.encode(picture::draw(&held.letters, rng)?)),
        task: held.id,
    })
}

/// Whether an answer is right: the letters in whatever case, or the computed number. A right one is used up.
pub fn is_answered(gate: &Gate, sealed: &str, answer: &str, now: Timestamp) -> Result<bool> {
    let open = || {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = gate.store().sealer().open(&place().ok()?, &sealed).ok()?;
        serde_json::from_slice::<Held>(plain.expose()).ok()
    };
    let Some(held) = open().filter(|held| held.ends_at > now) else { return Ok(false) };
    let given: String = answer.chars().filter(|letter| !letter.is_whitespace()).collect();
    if !given.eq_ignore_ascii_case(&held.letters) && !is_computed(&held.id, &given) {
        return Ok(false);
    }
    let command = Command { id: rng::uuid(&**gate.rng()), account: None, invocation_id: None };
    gate.store().write(command, move |tx| Ok(tx.spent_challenges().spend(&held.id, held.ends_at, now)?))
}

/// Whether a number solves a task.
pub fn is_computed(task: &str, number: &str) -> bool {
    let is_number =
        !number.is_empty() && number.len() <= 12 && number.bytes().all(|byte| byte.is_ascii_digit());
    let digest = Sha256::digest(format!("{task}:{number}"));
    let first = digest.iter().take(4).fold(0_u32, |first, byte| first << 8 | u32::from(*byte));
    is_number && first.leading_zeros() >= PROOF_BITS
}

/// The smallest number that solves a task.
pub fn compute(task: &str) -> u64 {
    (0..1 << 40).find(|number: &u64| is_computed(task, &number.to_string())).unwrap_or_default()
}

/// Challenges are nobody's.
fn place() -> Result<Place> {
    let tenant = AccountId::from_number(0).map_err(Fault::internal)?;
    Ok(Place { tenant, table: "spent_challenges", row: "form".to_owned(), column: "challenge", version: 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_solved_by_what_is_computed_and_by_little_else() {
        let solved = compute("task");
        assert!(is_computed("task", &solved.to_string()));
        assert!(!is_computed("other", &solved.to_string()));
        for wrong in ["", "x", "-1", "1234567890123", " 1"] {
            assert!(!is_computed("task", wrong));
        }
    }
}
