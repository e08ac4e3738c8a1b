//! B7: other spellings of the same request. None of them turns a deny into an allow.

use keystead_policy::{Context, Policy, PolicySet, Principal, Request, ResourcePolicy, evaluate};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::{ANN, ask, identity, of_resource};

/// How many spellings the ordinary tests try, and `cargo xtask conform`.
const SPELLINGS: u64 = 20_000;
const SPELLINGS_OF_CONFORM: u64 = 1_000_000;

const ANN_ARN: &str = "arn:aws:iam::123456789012:user/Ann";

#[test]
fn b7_no_spelling_escapes_a_deny() {
    try_spellings(0..SPELLINGS);
}

#[test]
#[ignore = "a million spellings; `cargo xtask conform policy` runs it"]
fn b7_no_spelling_of_a_million_escapes_a_deny() {
    try_spellings(0..SPELLINGS_OF_CONFORM);
}

/// Puts respelled requests to policies that deny each of them.
fn try_spellings(seeds: std::ops::Range<u64>) {
    let named = identity(
        "named",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["iam:DeleteUser", "sts:*Role", "keystead:Get?redential"], "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:PrincipalTag/Role": "admin"}}},
            {"Effect": "Deny", "Action": "iam:GetUser", "Resource": "*",
             "Condition": {"StringEqualsIgnoreCase": {"aws:PrincipalTag/Team": "Red"}}},
            {"Effect": "Deny", "Action": "iam:UpdateUser", "Resource": "arn:aws:iam::*:user/*"}]}"#,
    );
    let all_but = identity(
        "all-but",
        &format!(
            r#"{{"Statement": [
            {{"Effect": "Allow", "Action": "*", "Resource": "*"}},
            {{"Effect": "Deny", "NotAction": "iam:TagUser", "Resource": "*"}},
            {{"Effect": "Deny", "Action": "*", "NotResource": "{ANN_ARN}"}}]}}"#
        ),
    );
    let only = identity(
        "only",
        &format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "iam:TagUser", "Resource": "{ANN_ARN}"}}}}"#
        ),
    );
    let bucket = of_resource(
        "bucket",
        &format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{ANN_ARN}"}}, "Action": "s3:*", "Resource": "*"}}}}"#
        ),
    );
    for seed in seeds {
        let mut draw = Draw::of(seed);
        let (key, team) =
            (draw.in_another_case("aws:PrincipalTag/Role"), draw.in_another_case("aws:PrincipalTag/Team"));
        let (action, red) = (draw.in_another_case("iam:GetUser"), draw.in_another_case("red"));
        denied(&named, &action, ANN_ARN, &Context::new().with(&key, "admin").with(&team, &red));
        let not_admin = draw.mangled("admin", 0);
        for action in ["iam:DeleteUser", "sts:AssumeRole", "keystead:GetCredential"] {
            let action = draw.in_another_case(action);
            denied(&named, &action, ANN_ARN, &Context::new().with(&key, &not_admin));
            let admin = Context::new().with(&key, "admin");
            assert!(ask(&named, &action, ANN_ARN, &admin).is_allowed(), "{action} {key}");
        }

        let admin = Context::new().with(&key, "admin");
        let another = draw.mangled(ANN_ARN, ANN_ARN.len() - "Ann".len());
        denied(&named, &draw.in_another_case("iam:UpdateUser"), &another, &admin);
        for policy in [&all_but, &only] {
            let action = draw.in_another_case("iam:TagUser");
            assert!(ask(policy, &action, ANN_ARN, &admin).is_allowed(), "{action}");
            denied(policy, &action, &another, &admin);
            denied(policy, &draw.mangled("iam:TagUser", "iam:".len()), ANN_ARN, &admin);
        }

        let stranger = Principal::User { arn: &another, id: "AIDASTRANGERSTRANGERS" };
        let policies =
            PolicySet { resource: Some(ResourcePolicy::Granting(&bucket)), ..PolicySet::default() };
        let request =
            |who| Request::new(who, "s3:GetObject", "arn:aws:s3:::b/k", &admin).owned_by("123456789012");
        assert!(evaluate(&request(ANN), &policies).is_allowed());
        assert!(!evaluate(&request(stranger), &policies).is_allowed(), "{another}");
    }
}

fn denied(policy: &Policy, action: &str, resource: &str, context: &Context<'_>) {
    let decision = ask(policy, action, resource, context);
    assert!(!decision.is_allowed(), "{action} {resource} {context:?}: {decision:?}");
}

/// A source of chance that is made anew from each seed.
struct Draw(ChaCha8Rng);

impl Draw {
    fn of(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    /// The text with the case of its letters drawn anew.
    fn in_another_case(&mut self, text: &str) -> String {
        let mut draw_case = |letter: char| {
            if self.below(2) == 0 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
        };
        text.chars().map(&mut draw_case).collect()
    }

    /// Another text that careless reading takes for the same: at a place from `from` on, something is
    /// inserted, or a letter is written otherwise.
    fn mangled(&mut self, text: &str, from: usize) -> String {
        const INSERTED: [&str; 14] =
            ["/", "//", "./", "../", "%2f", " ", "\t", "\n", "\0", "\u{200b}", "\u{ad}", ":", "*", "?"];
        let place = from + self.below(text.len() - from);
        let (before, after) = text.split_at(place);
        let (letter, rest) = after.split_at(1);
        let byte = letter.as_bytes()[0];
        match self.below(5) {
            0 => format!("{before}%{byte:02x}{rest}"),
            1 => format!("{before}%25{byte:02X}{rest}"),
            // The same letter as wide as an ideograph.
            2 => format!("{before}{}{rest}", char::from_u32(u32::from(byte) + 0xFEE0).unwrap_or('*')),
            3 => format!("{text}{}", INSERTED[self.below(INSERTED.len())]),
            _ => format!("{before}{}{after}", INSERTED[self.below(INSERTED.len())]),
        }
    }
}

/// Resources are told apart by every character, so that what is denied and what is done must be named by
/// the same ARN: that is the operation's part. What holds here is that no slash, escape or letter reaches
/// over a colon.
#[test]
fn b7_no_wildcard_reaches_over_a_colon_before_the_resource() {
    let policy = identity(
        "p",
        r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:iam::123*:user/A*"}}"#,
    );
    let allowed = |resource: &str| ask(&policy, "iam:GetUser", resource, &Context::new()).is_allowed();
    assert!(allowed("arn:aws:iam::123456789012:user/Ann"));
    for resource in [
        "arn:aws:iam::123456789012:role/user/Ann",
        "arn:aws:iam::999999999999:123:user/Ann",
        "arn:aws:iam::123:x:user/Ann",
        "arn:aws:iam::123456789012:user/ann",
        "arn:aws:iam::123456789012:user//Ann",
        "arn:aws:iam::123456789012:user/%41nn",
        "arn:aws:s3::123456789012:user/Ann",
        "ARN:aws:iam::123456789012:user/Ann",
        "*",
        "",
    ] {
        assert!(!allowed(resource), "{resource}");
    }
}

#[test]
fn b7_what_a_variable_brings_has_no_wildcards_and_no_colons_that_count() {
    let policy = identity(
        "p",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"},
            {"Effect": "Allow", "Action": "sns:*", "Resource": "*",
             "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:${aws:PrincipalTag/team}:t"}}}]}"#,
    );
    let star = Context::new().with("aws:PrincipalTag/team", "*");
    assert!(!ask(&policy, "s3:GetObject", "arn:aws:s3:::b/red/x", &star).is_allowed());
    assert!(ask(&policy, "s3:GetObject", "arn:aws:s3:::b/*/x", &star).is_allowed());
    let shifted = Context::new()
        .with("aws:PrincipalTag/team", "eu:123456789012")
        .with("aws:SourceArn", "arn:aws:sns:eu:123456789012:t");
    assert!(!ask(&policy, "sns:Publish", "*", &shifted).is_allowed());
}

#[test]
fn a_variable_may_stand_in_any_part_of_an_arn_of_a_condition() {
    let policy = identity(
        "p",
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:${aws:PrincipalAccount}:t"}}}}"#,
    );
    let from = Context::new().with("aws:SourceArn", "arn:aws:sns:eu:123456789012:t");
    assert!(
        ask(&policy, "sns:Publish", "*", &from.clone().with("aws:PrincipalAccount", "123456789012"))
            .is_allowed()
    );
    assert!(
        !ask(&policy, "sns:Publish", "*", &from.with("aws:PrincipalAccount", "999999999999")).is_allowed()
    );
}
