//! Other spellings of the same request: none of them turns a deny into an allow.

use keystead_policy::Context;

use crate::generate::Draw;
use crate::{ask, identity};

/// How many spellings are drawn.
const SPELLINGS: u64 = 20_000;

#[test]
fn no_spelling_of_an_action_or_a_key_escapes_a_deny() {
    let policy = identity(
        "p",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": ["iam:DeleteUser", "sts:*Role", "keystead:Get?redential"], "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:PrincipalTag/Role": "admin"}}}]}"#,
    );
    for seed in 0..SPELLINGS {
        let mut draw = Draw::of(seed);
        for action in ["iam:DeleteUser", "sts:AssumeRole", "keystead:GetCredential"] {
            let (action, key) = (draw.respell(action), draw.respell("aws:PrincipalTag/Role"));
            let other = Context::new().with(&key, "user");
            assert!(!ask(&policy, &action, "*", &other).is_allowed(), "{action} {key}");
            let admin = Context::new().with(&key, "admin");
            assert!(ask(&policy, &action, "*", &admin).is_allowed(), "{action} {key}");
        }
    }
}

/// Resources are told apart by every character, so that what is denied and what is done must be named by
/// the same ARN: that is the operation's part. What holds here is that no slash, escape or letter reaches
/// over a colon.
#[test]
fn no_wildcard_reaches_over_a_colon_before_the_resource() {
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
fn what_a_variable_brings_has_no_wildcards_and_no_colons_that_count() {
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
