//! What AWS itself answered, held against what is answered here: `tests/recorded/aws-errors.tsv`, row by row.
//!
//! A row is produced by a case of [`cases`], or it is named in [`elsewhere`] because its operations are not
//! here yet. A row that is neither fails the test, and so does a case or a name that has no row.

mod cases;
mod elsewhere;

use keystead_store::testing::TestStore;

use crate::answer::Answer;
use crate::world::{World, handlers};

/// Operations that cases are waiting for, and rows that wait for more than that.
const AWAITED: [&str; 18] = [
    "UploadSigningCertificate",
    "DeleteSigningCertificate",
    "DeleteSSHPublicKey",
    "GetServerCertificate",
    "DeleteServerCertificate",
    "CreateServiceSpecificCredential",
    "ResetServiceSpecificCredential",
    "DeleteServiceSpecificCredential",
    "CreateLoginProfile",
    "GetLoginProfile",
    "UpdateLoginProfile",
    "DeleteLoginProfile",
    "GetAccountPasswordPolicy",
    "DeleteAccountPasswordPolicy",
    "UpdateAccountPasswordPolicy",
    "EnableMFADevice",
    "The Server Certificate with name <server-certificate-name:1> already exists.",
    "MFA Device is already in use.",
];

/// An error reply of AWS.
struct Row {
    status: u16,
    code: &'static str,
    /// The message, with names as placeholders.
    message: &'static str,
}

/// How a row is produced: requests of which the last is refused.
struct Case {
    message: &'static str,
    steps: Vec<Step>,
}

/// One request by the root user.
struct Step {
    action: &'static str,
    params: Vec<(&'static str, String)>,
}

fn rows() -> impl Iterator<Item = Row> {
    include_str!("../../recorded/aws-errors.tsv").lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [status, code, _, message] = columns[..] else { panic!("four columns: {line}") };
        // The recordings say `None` where the reply has no message.
        let message = if message == "None" { "" } else { message };
        Row { status: status.parse().expect("a status"), code, message }
    })
}

/// Puts the names of an installation where the recording has placeholders.
fn bound(text: &str, world: &World) -> String {
    let account = world.account.to_string();
    let root = format!("arn:aws:iam::{account}:root");
    [
        ("<partition>", "aws"),
        ("111111111111", &account),
        ("<caller>", &root),
        ("<user-name:1>", cases::USER),
        ("<policy-name:1>", cases::POLICY),
        ("<policy-name>", cases::POLICY),
        ("<server-certificate-name:1>", cases::CERTIFICATE),
    ]
    .iter()
    .fold(text.to_owned(), |text, (placeholder, name)| text.replace(placeholder, name))
}

/// Makes the requests of a case in an installation of its own; the last answer.
fn produce(world: &World, steps: &[Step]) -> Answer {
    let (last, first) = steps.split_last().expect("a case has a request");
    let call = |step: &Step| {
        let params: Vec<(&str, String)> =
            step.params.iter().map(|(name, value)| (*name, bound(value, world))).collect();
        let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, &**value)).collect();
        world.call(&world.root, step.action, &params)
    };
    for step in first {
        call(step).expect_done();
    }
    call(last)
}

#[test]
fn every_recorded_reply_is_ours_too() {
    let cases = cases::all();
    let mut wrong = Vec::new();
    for row in rows() {
        let of_row: Vec<&Case> = cases.iter().filter(|case| case.message == row.message).collect();
        if elsewhere::is_named(&row) || AWAITED.contains(&row.message) {
            continue;
        }
        if of_row.is_empty() {
            wrong.push(format!("neither a case nor named: {} {}", row.code, row.message));
        }
        for case in of_row {
            let known = |step: &Step| handlers().iter().any(|handler| handler.name() == step.action);
            if !case.steps.iter().all(known) {
                continue;
            }
            let world = World::new(TestStore::sqlite());
            let answer = produce(&world, &case.steps);
            let expected = (row.status, row.code, &*bound(row.message, &world));
            let answered = (answer.reply.status, &*answer.code, &*answer.message);
            if answered != expected {
                wrong.push(format!(
                    "{}:\n  {answered:?}, not\n  {expected:?}",
                    case.steps.last().unwrap().action
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for case in &cases {
        assert!(rows().any(|row| row.message == case.message), "no row: {}", case.message);
    }
}
