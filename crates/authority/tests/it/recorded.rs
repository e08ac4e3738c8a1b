//! What AWS itself answered, held against what is answered here: `tests/recorded/aws-errors.tsv`, row by row.
//!
//! Beside it, `cases.txt` has the requests that produce a row, `documents.txt` the policy documents that they name,
//! and `elsewhere.txt` names the rows of operations that are not here yet. A row in neither of them fails, and so
//! does a line of theirs that is no row.

use keystead_core::AccountId;
use keystead_core::rng::uuid;
use keystead_store::testing::TestStore;
use serde_json::json;

use crate::answer::Answer;
use crate::identities::OF_EC2;
use crate::issued::{Issued, issue};
use crate::phone::{Phone, step};
use crate::sessions::{session_in, trusting};
use crate::world::{ADMINISTRATOR, Key, World};

/// An error reply of AWS.
struct Row {
    status: u16,
    code: &'static str,
    /// The message, with names as placeholders.
    message: &'static str,
}

/// How a row is produced.
struct Case {
    message: &'static str,
    /// An action, then `Name=value` between spaces, all of it after `administrator: ` or `session: ` where it
    /// is not the root user who asks; the last request is refused.
    requests: Vec<&'static str>,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [status, code, _, message] = columns[..] else { panic!("four columns: {line}") };
        Row { status: status.parse().expect("a status"), code, message }
    };
    include_str!("../recorded/aws-errors.tsv").lines().skip(1).map(row).collect()
}

/// The lines of a file that say something.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in lines(include_str!("../recorded/cases.txt")) {
        match line.strip_prefix("  ") {
            None => cases.push(Case { message: line, requests: Vec::new() }),
            Some(request) => cases.last_mut().expect("a message comes first").requests.push(request),
        }
    }
    cases
}

fn elsewhere() -> Vec<&'static str> {
    lines(include_str!("../recorded/elsewhere.txt")).collect()
}

/// The policy document that cases name so.
fn document(name: &str) -> Option<&'static str> {
    let mut named = lines(include_str!("../recorded/documents.txt")).filter_map(|line| line.split_once(' '));
    named.find(|(known, _)| *known == name).map(|(_, document)| document)
}

impl Row {
    /// Whether a case is about this row: it has its message, or code and message where another has the same.
    fn is_of(&self, case: &Case) -> bool {
        let (code, message) = (self.code, self.message);
        case.message == message || case.message.strip_prefix(code).is_some_and(|rest| rest.trim() == message)
    }

    fn is_named_by(&self, line: &str) -> bool {
        let own = format!("{} {}", self.code, self.message);
        line.strip_suffix('…').map_or(own == line, |beginning| own.starts_with(beginning))
    }
}

/// Puts the names of an account where the recording has placeholders.
fn bound(text: &str, account: AccountId) -> String {
    let account = account.to_string();
    let root = format!("arn:aws:iam::{account}:root");
    [
        ("<partition>", "aws"),
        ("<region>", "us-east-1"),
        ("111111111111", &account),
        ("<caller>", &root),
        ("<user-name:1>", "alice"),
        ("<group-name:1>", "a-group"),
        ("<group-name-2>", "another-group"),
        ("<role-name:1>", "a-role"),
        ("<instance-profile-name:1>", "a-profile"),
        ("<policy-name:1>", "a-policy-of-some-length"),
        ("<policy-name>", "another-policy"),
        ("<server-certificate-name:1>", "certificate"),
        ("<domain>", "server.example.com"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (placeholder, name)| text.replace(placeholder, name))
}

/// An account in which a case takes place.
struct Scene<'w> {
    world: &'w World,
    root: Key,
    /// The last MFA device that was made.
    phone: Option<Phone>,
    /// Its administrator, once one was needed.
    administrator: Option<Key>,
    /// The last session that was made.
    session: Option<Key>,
}

impl Scene<'_> {
    /// Makes a request of the root user, or of whoever stands before it with a colon.
    fn ask(&mut self, request: &str) -> Answer {
        let request = bound(request, self.root.account);
        let (key, request) = match request.split_once(": ") {
            Some(("administrator", request)) => (self.administrator(), request.to_owned()),
            Some(("session", request)) => {
                (self.session.clone().expect("a session was made"), request.to_owned())
            }
            _ => (self.root.clone(), request),
        };
        let (action, params) = request.split_once(' ').unwrap_or((&request, ""));
        let issued = issue();
        let words = params.split(' ').filter(|word| !word.is_empty());
        let words: Vec<String> = words.flat_map(|word| self.written_out(word, &issued)).collect();
        let params: Vec<(&str, &str)> =
            words.iter().map(|word| word.split_once('=').expect("Name=value")).collect();
        let answer = self.world.call(&key, action, &params);
        if action == "AssumeRole" && answer.reply.status == 200 {
            self.session = Some(session_in(&answer));
        }
        if action == "CreateVirtualMFADevice" && answer.reply.status == 200 {
            self.phone = Some(Phone::of(&answer));
        }
        answer
    }

    /// A user who may do everything.
    fn administrator(&mut self) -> Key {
        let (world, root) = (self.world, &self.root);
        let made = || {
            let key = world.user_of(root, "administrator");
            let policy = [("UserName", "administrator"), ("PolicyArn", ADMINISTRATOR)];
            world.call(root, "AttachUserPolicy", &policy).expect_done();
            key
        };
        self.administrator.get_or_insert_with(made).clone()
    }

    /// A word of a request as the words it stands for.
    fn written_out(&self, word: &str, issued: &Issued) -> Vec<String> {
        let Some((start, rest)) = word.split_once('{') else { return vec![word.to_owned()] };
        let (inside, end) = rest.split_once('}').expect("a brace is closed");
        let number = |digits: &str| digits.parse::<usize>().expect("a number");
        if let Some(document) = document(inside) {
            return vec![format!("{start}{document}{end}")];
        }
        let code = |later| self.phone.as_ref().expect("a device was made").code(step(self.world) - 1 + later);
        let text = match (inside, inside.split_once('*')) {
            ("trust-of-account", _) => trusting(&json!({"AWS": self.root.account.to_string()}), &json!({})),
            ("certificate", _) => issued.certificate.clone(),
            ("private-key", _) => issued.private_key.clone(),
            ("trust", _) => OF_EC2.to_owned(),
            ("trust-for-another-action", _) => OF_EC2.replace("sts:AssumeRole", "s3:GetObject"),
            ("trust-on-a-resource", _) => OF_EC2.replace(r#""Action""#, r#""Resource":"*","Action""#),
            ("code", _) => code(0),
            ("next-code", _) => code(1),
            (_, Some((text, times))) => text.repeat(number(times)),
            (_, None) => {
                let (first, last) = inside.split_once("..").expect("{k*129}, {1..51} or a name");
                let each = |number: usize| word.replace(&format!("{{{inside}}}"), &number.to_string());
                return (number(first)..=number(last)).map(each).collect();
            }
        };
        vec![format!("{start}{text}{end}")]
    }

    /// What a case is answered, where it is not as recorded.
    fn difference(&mut self, row: &Row, case: &Case) -> Option<String> {
        let (last, first) = case.requests.split_last().expect("a case has a request");
        for request in first {
            self.ask(request).expect_done();
        }
        let answer = self.ask(last);
        // The recordings say `None` where the reply has no message.
        let message =
            if row.message == "None" { String::new() } else { bound(row.message, self.root.account) };
        // Of sentences about documents they have runs of spaces as one.
        let spaced = if row.code == "MalformedPolicyDocument" {
            answer.message.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            answer.message.clone()
        };
        let answered = (answer.reply.status, &*answer.code, &*spaced);
        let expected = (row.status, row.code, &*message);
        (answered != expected).then(|| format!("{last}:\n  {answered:?}, not\n  {expected:?}"))
    }
}

#[test]
fn every_recorded_reply_is_ours_too() {
    let (rows, cases, elsewhere) = (rows(), cases(), elsewhere());
    let (world, mut wrong) = (World::new(TestStore::sqlite()), Vec::new());
    for row in rows.iter().filter(|row| !elsewhere.iter().any(|line| row.is_named_by(line))) {
        let mut of_row = cases.iter().filter(|case| row.is_of(case)).peekable();
        if of_row.peek().is_none() {
            wrong.push(format!("neither a case nor named: {} {}", row.code, row.message));
        }
        for case in of_row {
            let root = world.second_account(&uuid(&*world.store.rng));
            wrong.extend(
                Scene { world: &world, root, phone: None, administrator: None, session: None }
                    .difference(row, case),
            );
        }
    }
    for line in elsewhere.iter().filter(|line| !rows.iter().any(|row| row.is_named_by(line))) {
        wrong.push(format!("no row: {line}"));
    }
    for case in cases.iter().filter(|case| !rows.iter().any(|row| row.is_of(case))) {
        wrong.push(format!("no row: {}", case.message));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
