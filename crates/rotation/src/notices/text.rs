//! A notice in words, and the same as facts for programs. There is no secret in either.

use keystead_core::{KeyId, Timestamp};
use keystead_store::custody::ManagedCredential;
use serde::Serialize;

use super::occasion::{Occasion, Topic};
use crate::machine::{self, Observation, Rotation, State};

/// How many users of the old key are listed.
const USERS_MAX: usize = 20;

/// What is told: the body of a call, and what a letter is written from.
#[derive(Debug, Serialize)]
pub(super) struct Notice {
    /// The same each time this is sent.
    notice_id: String,
    topic: Topic,
    at: String,
    /// What happened, how the rotation stands, what happens next and when.
    sentence: String,
    account_id: String,
    credential: String,
    principal: String,
    rotation_id: String,
    state: &'static str,
    old_access_key_id: String,
    new_access_key_id: Option<String>,
    /// What has to be decided, if something has.
    question: Option<String>,
    /// Who used the old key since the rotation looks, newest use first.
    old_key_users: Vec<User>,
    /// What can be done about it now.
    commands: Vec<Command>,
}

#[derive(Debug, Serialize)]
struct User {
    consumer: String,
    last_used_at: Option<String>,
    uses: u64,
    refused: u64,
}

#[derive(Debug, Serialize)]
struct Command {
    command: String,
    consequence: String,
}

impl Notice {
    pub(super) fn new(
        occasion: &Occasion,
        credential: &ManagedCredential,
        rotation: &Rotation,
        observation: &Observation,
        now: Timestamp,
    ) -> Self {
        let standing = machine::explain(rotation, observation, now);
        let sentence = occasion.lead.iter().cloned().chain([standing]).collect::<Vec<_>>().join(" ");
        Self {
            notice_id: notice_id(&rotation.id, occasion.number),
            topic: occasion.topic,
            at: now.to_iso8601(),
            sentence,
            account_id: credential.account.to_string(),
            credential: credential.name.clone(),
            principal: rotation.principal.arn.clone(),
            rotation_id: rotation.id.clone(),
            state: rotation.state.name(),
            old_access_key_id: rotation.old_key.to_string(),
            new_access_key_id: rotation.new_key.map(|key| key.to_string()),
            question: match &rotation.state {
                State::Blocked { question, .. } => Some(question.sentence()),
                _ => None,
            },
            old_key_users: users(rotation, rotation.old_key),
            commands: commands(rotation),
        }
    }

    pub(super) fn subject(&self) -> String {
        format!("{}: {}", self.credential, self.topic)
    }

    /// The text of a letter.
    pub(super) fn letter(&self) -> String {
        let mut blocks = vec![format!("{} ({}).", self.subject(), self.principal), self.sentence.clone()];
        if !self.old_key_users.is_empty() {
            let user = |user: &User| {
                let last = user.last_used_at.as_deref().unwrap_or("at an unknown time");
                let refused =
                    if user.refused > 0 { format!(", refused {}", user.refused) } else { String::new() };
                format!("  {}  last {last}, {} times{refused}", plain(&user.consumer), user.uses)
            };
            let users: Vec<_> = self.old_key_users.iter().map(user).collect();
            blocks.push(format!("Seen with the old key:\n{}", users.join("\n")));
        }
        let command = |one: &Command| format!("  {}\n      {}", one.command, one.consequence);
        let commands: Vec<_> = self.commands.iter().map(command).collect();
        blocks.push(format!("What you can do:\n{}", commands.join("\n")));
        let new_key = self.new_access_key_id.as_deref().unwrap_or("none yet");
        blocks.push(format!(
            "Rotation  {}, {}\nOld key   {}\nNew key   {new_key}\nAccount   {}",
            self.rotation_id, self.state, self.old_access_key_id, self.account_id
        ));
        blocks.join("\n\n") + "\n"
    }
}

/// The name of a notice, by which whoever is told twice knows.
pub(super) fn notice_id(rotation_id: &str, number: impl std::fmt::Display) -> String {
    format!("{rotation_id}/{number}")
}

fn users(rotation: &Rotation, key: KeyId) -> Vec<User> {
    let seen = rotation.consumers.iter().filter_map(|(name, c)| Some((name, c.traces.get(&key)?)));
    let mut seen: Vec<_> = seen.filter(|(_, trace)| trace.count > 0).collect();
    seen.sort_by_key(|(_, trace)| std::cmp::Reverse(trace.last_at));
    let user = |(name, trace): (&String, &crate::consumer::Trace)| User {
        consumer: name.clone(),
        last_used_at: trace.last_at.map(Timestamp::to_iso8601),
        uses: trace.count,
        refused: trace.refused,
    };
    seen.into_iter().take(USERS_MAX).map(user).collect()
}

/// The answers to what is asked, and where all of it can be read.
fn commands(rotation: &Rotation) -> Vec<Command> {
    let id = &rotation.id;
    let answers = match &rotation.state {
        State::Blocked { question, .. } => question.answers(),
        _ => Vec::new(),
    };
    let answer = |answer: machine::Answering| {
        let (verb, rest) = answer.command.split_once(' ').unwrap_or((answer.command, ""));
        let command = format!("keystead rotate {verb} {id} {rest}");
        Command { command: command.trim_end().to_owned(), consequence: answer.consequence.to_owned() }
    };
    let look = |verb: &str, consequence: &str| Command {
        command: format!("keystead rotate {verb} {id}"),
        consequence: consequence.to_owned(),
    };
    let mut commands: Vec<_> = answers.into_iter().map(answer).collect();
    commands.push(if rotation.state.is_ended() {
        look("receipt", "shows every piece of evidence")
    } else {
        look("status", "shows how it stands")
    });
    commands
}

/// A name that a client may have chosen, in one line.
fn plain(name: &str) -> String {
    name.replace(char::is_control, " ")
}
