//! Letters. Whatever causes one draws it in `prepare` ([`Gate::draw_letter`]) and queues it in its own transaction
//! (`tx.letters().insert`), so that there is a letter exactly where there is a cause. A turn of the server sends
//! them ([`Gate::send_letters`]); how is the business of a [`Post`].

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::account::check_email;
use keystead_core::rng::uuid;
use keystead_core::{AccountId, Timestamp};
use keystead_store::letters::{QueuedLetter, body_place};
use keystead_store::{Command, Tx};

use crate::gate::Gate;

/// A letter in plain text.
pub struct Letter {
    /// The address of whom it is for.
    pub to: String,
    /// What it is about, in one line; no secret.
    pub subject: String,
    /// What it says. It is sealed while it waits, because it may hold a link that is good once.
    pub text: String,
}

/// A letter did not go out; for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent(pub String);

/// What takes letters to those they are for.
pub trait Post: Send + Sync {
    /// Sends a letter, on a thread that may block. The same letter has the same `id` at each attempt.
    fn send(&self, id: &str, letter: &Letter, now: Timestamp) -> std::result::Result<(), Unsent>;
}

/// The longest subject, in bytes: a line of a letter has no more.
const SUBJECT_MAX: usize = 200;
/// How long a letter waits after a first failure; twice as long after each further one.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest it waits.
const PAUSE_MAX: Duration = Duration::from_hours(1);
/// After how long it is given up.
pub const GIVEN_UP: Duration = Duration::from_hours(72);
/// How many letters are sent in one turn.
const TURN: i64 = 20;

impl Gate {
    /// A letter of an account, ready to be queued. An address or a subject that could smuggle a header into it is
    /// refused.
    pub fn draw_letter(&self, account: AccountId, letter: &Letter, now: Timestamp) -> Result<QueuedLetter> {
        let wrong = |text: &str| Fault::ValidationError(format!("A letter cannot be sent: {text}."));
        check_email(&letter.to).map_err(wrong)?;
        if letter.subject.len() > SUBJECT_MAX || letter.subject.contains(char::is_control) {
            return Err(wrong("its subject is one line of at most 200 bytes"));
        }
        let id = uuid(&*self.rng);
        let place = body_place(account, &id);
        Ok(QueuedLetter {
            account,
            recipient: letter.to.clone(),
            subject: letter.subject.clone(),
            body_sealed: self.store.sealer().seal(&place, letter.text.as_bytes(), &*self.rng)?,
            created_at: now,
            attempts: 0,
            next_try_at: now,
            id,
        })
    }

    /// Sends the letters that are due; one that cannot be sent stays for later and holds up no other.
    pub fn send_letters(&self, post: &dyn Post) -> Result<()> {
        let now = self.clock.now();
        let due = self.store.read(|tx| tx.letters().list_due(now, TURN).map_err(Fault::from))?;
        due.into_iter().try_for_each(|letter| self.send_letter(post, letter, now))
    }

    fn send_letter(&self, post: &dyn Post, queued: QueuedLetter, now: Timestamp) -> Result<()> {
        let (attempt, next_try_at) = (queued.attempts + 1, now.plus(pause_after(queued.attempts)));
        // Taken before it is sent: of two servers one sends it, and after a crash it is tried again, but not at once.
        let taking = queued.clone();
        if !self.write_letter(move |tx| Ok(tx.letters().take(&taking, next_try_at)?))? {
            return Ok(());
        }
        let place = body_place(queued.account, &queued.id);
        let text = self.store.sealer().open(&place, queued.body_sealed.as_bytes())?;
        let text = String::from_utf8(text.expose().clone()).map_err(Fault::internal)?;
        let letter = Letter { to: queued.recipient, subject: queued.subject, text };
        let sent = post.send(&queued.id, &letter, now);
        let is_given_up = now.since(queued.created_at) >= GIVEN_UP;
        if let Err(Unsent(reason)) = &sent {
            let (letter, account) = (&queued.id, queued.account);
            if is_given_up {
                tracing::error!(letter, %account, attempt, reason, "a letter is given up");
            } else {
                tracing::warn!(letter, %account, attempt, reason, "a letter could not be sent");
            }
        }
        if sent.is_ok() || is_given_up {
            let id = queued.id;
            self.write_letter(move |tx| Ok(tx.letters().delete(&id)?))?;
        }
        Ok(())
    }

    fn write_letter<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let command = Command { id: uuid(&*self.rng), account: None, invocation_id: None };
        self.store.write(command, work)
    }
}

/// How long a letter waits after so many failures and one more.
pub fn pause_after(failures: i64) -> Duration {
    let doubled = u32::try_from(failures.clamp(0, 16)).map_or(1, |failures| 1 << failures);
    (PAUSE * doubled).min(PAUSE_MAX)
}
