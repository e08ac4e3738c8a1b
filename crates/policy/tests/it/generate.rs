//! Random cases, drawn from few words so that policies and requests meet often.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::{Map, Value, json};

use crate::oracle::{Asked, Documents, Who};

const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];
const ACTIONS: [&str; 6] =
    ["iam:GetUser", "iam:CreateUser", "s3:GetObject", "s3:PutObject", "sts:AssumeRole", "IAM:getuser"];
const ACTION_PATTERNS: [&str; 9] =
    ["*", "iam:*", "IAM:Get*", "iam:getuser", "s3:?etObject", "s3:*Object", "*:Get*", "sts:Assume*", "ec2:*"];
const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:iam::111111111111:user/Ann",
    "arn:aws:iam::222222222222:user/team/Ann",
    "arn:aws:iam::111111111111:role/Role",
    "arn:aws:s3:::bucket/Ann/file",
    "arn:aws:s3:::bucket/red/é",
    "arn:aws:s3:::bucket",
];
const RESOURCE_PATTERNS: [&str; 11] = [
    "*",
    "arn:aws:iam::*:user/*",
    "arn:*:iam::1111*:*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:user/*/${AWS:UserName}",
    "arn:aws:iam::222222222222:user/team/Ann",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'red'}/?",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::*",
    "arn:aws:s3",
    "arn:aws:s3:::bucket${*}",
];
const COMPARISONS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];
const STRINGS: [&str; 7] = ["Ann", "ann", "red", "", "*", "Énd", "éND"];
const STRING_PATTERNS: [&str; 10] =
    ["Ann", "A*", "?nn", "*", "", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "${*}", "énd", "re?"];
const NUMBERS: [&str; 6] = ["0", "1", "-2", "10", "2.50", "ten"];
const DATES: [&str; 6] =
    ["1970-01-02T00:00:00Z", "86400", "2024-02-29T12:00:00Z", "2024-03-01T00:00:00Z", "1709208000", "0"];
const BOOLS: [&str; 4] = ["true", "false", "TRUE", "maybe"];
const BINARY: [&str; 2] = ["hello", "world"];
const BASE64: [&str; 3] = ["aGVsbG8=", "d29ybGQ=", "not base64"];
const ADDRESSES: [&str; 5] = ["203.0.113.7", "203.0.114.7", "10.0.0.1", "2001:db8::1", "2001:db8:1::"];
const RANGES: [&str; 6] =
    ["203.0.113.0/24", "203.0.112.0/22", "10.0.0.1", "0.0.0.0/0", "2001:db8::/48", "2001:db8::/32"];
const ARNS: [&str; 4] = [
    "arn:aws:sns:eu-west-3:111111111111:topic/a",
    "arn:aws:sns::111111111111:topic/Ann",
    "arn:aws:sqs:x:1:2",
    "none",
];
const ARN_PATTERNS: [&str; 6] = [
    "arn:aws:sns:*:111111111111:topic/*",
    "arn:aws:sns:*:*",
    "arn:aws:s?s:*:*:*",
    "arn:aws:sns::111111111111:topic/${aws:username}",
    "*",
    "arn:aws:sqs:x:1:2",
];

/// A source of chance that is made anew from each seed.
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    pub(crate) fn of(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.below(words.len())]
    }

    /// The text with the case of its letters drawn anew.
    pub(crate) fn respell(&mut self, text: &str) -> String {
        let letters = text.chars();
        letters
            .map(
                |letter| {
                    if self.one_in(2) { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
                },
            )
            .collect()
    }

    fn pick_some(&mut self, words: &[&str]) -> Value {
        match self.below(3) {
            0 => json!(self.pick(words)),
            n => (0..n).map(|_| self.pick(words)).collect(),
        }
    }
}

/// Documents that apply together.
pub(crate) fn documents(draw: &mut Draw) -> Documents {
    let is_trust = draw.one_in(4);
    Documents {
        identity: (0..draw.below(3)).map(|_| document(draw, None)).collect(),
        boundary: draw.one_in(3).then(|| document(draw, None)),
        session: draw.one_in(3).then(|| (0..draw.below(3)).map(|_| document(draw, None)).collect()),
        resource: (is_trust || draw.one_in(3)).then(|| document(draw, Some(is_trust))),
        is_trust,
    }
}

/// A request to put to them.
pub(crate) fn asked(draw: &mut Draw, documents: &Documents) -> Asked {
    let who = who(draw);
    Asked {
        action: if documents.is_trust { "sts:AssumeRole" } else { draw.pick(&ACTIONS) }.to_owned(),
        resource: draw.pick(&RESOURCES).to_owned(),
        owner: draw.one_in(4).then(|| draw.pick(&ACCOUNTS).to_owned()),
        context: context(draw, &who),
        who,
    }
}

fn who(draw: &mut Draw) -> Who {
    let account = draw.pick(&ACCOUNTS);
    let (arn, behind) = match draw.below(7) {
        0 => return Who { arn: "ec2.amazonaws.com".to_owned(), behind: None, service: true },
        1 | 2 => ("assumed-role/Role/s", Some(format!("arn:aws:iam::{account}:role/Role"))),
        3 => ("federated-user/Ann", Some(format!("arn:aws:iam::{account}:user/Ann"))),
        _ => {
            return Who { arn: format!("arn:aws:iam::{account}:user/Ann"), behind: None, service: false };
        }
    };
    Who { arn: format!("arn:aws:sts::{account}:{arn}"), behind, service: false }
}

fn context(draw: &mut Draw, who: &Who) -> Vec<(String, Vec<String>)> {
    let mut context = vec![];
    if who.behind.is_none() && !who.service {
        context.push(("aws:username".to_owned(), vec![draw.pick(&["Ann", "*", "Bob"]).to_owned()]));
    }
    let keys: [(&str, &[&str]); 8] = [
        ("aws:PrincipalTag/team", &STRINGS),
        ("x:text", &STRINGS),
        ("x:number", &NUMBERS),
        ("x:date", &DATES),
        ("x:bool", &BOOLS),
        ("x:binary", &BINARY),
        ("x:address", &ADDRESSES),
        ("x:arn", &ARNS),
    ];
    for (key, words) in keys {
        if draw.one_in(2) {
            let count = if draw.one_in(3) { draw.below(4) } else { 1 };
            context.push((key.to_owned(), (0..count).map(|_| draw.pick(words).to_owned()).collect()));
        }
    }
    context
}

/// A document; `trust` says whether one of a resource is a trust policy.
fn document(draw: &mut Draw, trust: Option<bool>) -> Value {
    let count = 1 + draw.below(3);
    let mut statements: Vec<Value> = (0..count).map(|_| statement(draw, trust)).collect();
    let body = if count == 1 && draw.one_in(2) { statements.remove(0) } else { Value::Array(statements) };
    match draw.below(6) {
        0 => json!({ "Statement": body }),
        1 => json!({ "Version": "2008-10-17", "Statement": body }),
        _ => json!({ "Version": "2012-10-17", "Statement": body }),
    }
}

fn statement(draw: &mut Draw, trust: Option<bool>) -> Value {
    let mut members = Map::new();
    let denies = draw.one_in(5);
    members.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    if trust == Some(true) {
        members.insert("Action".to_owned(), json!(["sts:AssumeRole", "sts:TagSession"]));
    } else {
        let name = if draw.one_in(6) { "NotAction" } else { "Action" };
        // Many that reach their conditions, so that all of those are decided often.
        let patterns = if draw.one_in(2) { &["*"] } else { ACTION_PATTERNS.as_slice() };
        members.insert(name.to_owned(), draw.pick_some(patterns));
        let name = if draw.one_in(6) { "NotResource" } else { "Resource" };
        let patterns = if draw.one_in(2) { &["*"] } else { RESOURCE_PATTERNS.as_slice() };
        members.insert(name.to_owned(), draw.pick_some(patterns));
    }
    if let Some(trust) = trust {
        let negated = !trust && draw.one_in(5);
        members.insert(if negated { "NotPrincipal" } else { "Principal" }.to_owned(), principal(draw));
    }
    if draw.one_in(2) {
        members.insert("Condition".to_owned(), conditions(draw));
    }
    Value::Object(members)
}

fn principal(draw: &mut Draw) -> Value {
    let account = draw.pick(&ACCOUNTS);
    let names = [
        account.to_owned(),
        format!("arn:aws:iam::{account}:root"),
        format!("arn:aws:iam::{account}:user/Ann"),
        format!("arn:aws:iam::{account}:role/Role"),
        format!("arn:aws:sts::{account}:assumed-role/Role/s"),
        format!("arn:aws:sts::{account}:federated-user/Ann"),
    ];
    let names = names.each_ref().map(String::as_str);
    match draw.below(8) {
        0 => json!("*"),
        1 => json!({ "AWS": "*" }),
        2 => json!({ "Service": "ec2.amazonaws.com", "AWS": draw.pick_some(&names) }),
        3 => json!({ "AWS": names }),
        _ => json!({ "AWS": draw.pick_some(&names) }),
    }
}

fn conditions(draw: &mut Draw) -> Value {
    let mut blocks = Map::new();
    for _ in 0..=draw.below(2) {
        let comparison = draw.pick(&COMPARISONS);
        let (key, words) = operands(comparison);
        let set = draw.pick(&["", "ForAllValues:", "ForAnyValue:"]);
        let if_exists = if draw.one_in(2) && comparison != "Null" { "IfExists" } else { "" };
        // Half of the keys are written in another case than the request has them.
        let key = if draw.one_in(2) { key.to_uppercase() } else { key.to_owned() };
        blocks.insert(format!("{set}{comparison}{if_exists}"), json!({ key: draw.pick_some(words) }));
    }
    Value::Object(blocks)
}

/// The key a comparison is made with, and the values for it that a policy may have.
fn operands(comparison: &str) -> (&'static str, &'static [&'static str]) {
    match comparison {
        "Bool" => ("x:bool", &["true", "false", "True", "perhaps", "${x:bool}"]),
        "BinaryEquals" => ("x:binary", &BASE64),
        "IpAddress" | "NotIpAddress" => ("x:address", &RANGES),
        "Null" => ("x:text", &["true", "false"]),
        name if name.starts_with("String") => ("x:text", &STRING_PATTERNS),
        name if name.starts_with("Numeric") => ("x:number", &NUMBERS),
        name if name.starts_with("Date") => ("x:date", &DATES),
        _ => ("x:arn", &ARN_PATTERNS),
    }
}
