//! What a decision costs. Run with `cargo test --release -p keystead-policy -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use keystead_policy::managed::MANAGED_POLICIES;
use keystead_policy::{Context, Policy, PolicySet, Principal, Purpose, Request, evaluate};

use crate::{ANN, CHARS_MAX, identity};

/// The quickest of many runs, so that whatever else the machine does is left out.
fn time(runs: u32, mut work: impl FnMut()) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "this measures")]
    let now = Instant::now;
    let run = |_| {
        let start = now();
        work();
        now().duration_since(start)
    };
    (0..runs).map(run).min().unwrap_or_default()
}

#[test]
#[ignore = "prints figures; meaningful in release only"]
fn a_typical_decision_and_the_worst_legal_ones() {
    let audit = MANAGED_POLICIES.iter().find(|policy| policy.name == "SecurityAudit").expect("is shipped");
    let audit = Policy::compile("audit", audit.document, Purpose::Managed, CHARS_MAX).expect("is taken");
    let own = identity(
        "own",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["iam:*AccessKey*", "iam:GetUser"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
            {"Effect": "Deny", "NotAction": ["iam:*MFADevice*", "iam:GetUser", "sts:GetSessionToken"], "Resource": "*",
             "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#,
    );
    let context = || {
        Context::new()
            .with("aws:username", "Ann")
            .with("aws:MultiFactorAuthPresent", "true")
            .with("aws:SourceIp", "203.0.113.7")
            .with("aws:CurrentTime", "2026-11-22T10:00:00Z")
            .with("aws:PrincipalArn", "arn:aws:iam::123456789012:user/Ann")
    };
    let typical = time(100_000, || {
        let context = context();
        let request =
            Request::new(ANN, "iam:CreateAccessKey", "arn:aws:iam::123456789012:user/Ann", &context);
        assert!(
            evaluate(&request, &PolicySet { identity: &[&own, &audit], ..PolicySet::default() }).is_allowed()
        );
    });
    println!("typical, 2 policies with 700 actions: {typical:?}");
    for (name, text, resource) in worst() {
        let policy = Policy::compile(name, &text, Purpose::Managed, 6144).expect("is legal");
        let long = "a".repeat(2048);
        let keys: Vec<String> = (10..60).map(|n| "a".repeat(100) + &n.to_string()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let context = Context::new()
            .with("aws:UserAgent", &long)
            .with("aws:username", &long[..1000])
            .with_many("aws:TagKeys", &keys);
        let cost = time(100, || {
            let request = Request::new(Principal::Anonymous, "iam:aaaaaaaa", &resource, &context);
            evaluate(&request, &PolicySet { identity: &[&policy], ..PolicySet::default() });
        });
        println!("{name}: {cost:?}");
    }
}

/// Documents of 6,144 characters written to be slow, and the resource to put to them.
fn worst() -> Vec<(&'static str, String, String)> {
    let resource = format!("arn:aws:s3:::{}", "a".repeat(2048 - 13));
    let fill = |head: &str, item: &str, tail: &str| {
        let count = (6144 - head.len() - tail.len()) / (item.len() + 1);
        [head, &vec![item; count].join(","), tail].concat()
    };
    let document = |rest: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*",{rest}"#)
    };
    let resources = |item: &str| fill(&document(r#""Resource":["#), item, "]}}");
    let likes = |operator: &str, item: &str| {
        let head = document(&format!(r#""Resource":"*","Condition":{{"{operator}":{{"aws:UserAgent":["#));
        fill(&head, item, "]}}}}")
    };
    let one = |pattern: String| document(&format!(r#""Resource":"arn:aws:s3:::{pattern}"}}}}"#));
    vec![
        ("one resource of `*a`", one("*a".repeat(3000) + "b"), resource.clone()),
        ("one resource of `*a?`", one("*a?".repeat(2000) + "b*"), resource.clone()),
        ("one long piece with `?`", one(format!("*{}?b*", "a".repeat(6000))), resource.clone()),
        ("many resources with `*a*b*`", resources(r#""arn:aws:s3:::*a*b*""#), resource.clone()),
        ("many resources with `?`", resources(r#""arn:aws:s3:::*a?b*""#), resource.clone()),
        ("many StringLike", likes("StringLike", r#""*a*b*""#), "*".to_owned()),
        ("many StringLike with `?`", likes("StringLike", r#""*a?b*""#), "*".to_owned()),
        ("many StringLike with variables", likes("StringLike", r#""*${aws:username}*b""#), "*".to_owned()),
        ("many StringLike, 50 values", all_tag_keys(&fill), "*".to_owned()),
        ("many addresses", likes("IpAddress", r#""::1/9""#), "*".to_owned()),
        ("many ignoring case", likes("StringEqualsIgnoreCase", r#""a""#), "*".to_owned()),
        ("many dates", likes("DateEquals", r#""1T""#), "*".to_owned()),
    ]
}

/// Fifty values, each matched by the last pattern only.
fn all_tag_keys(fill: &dyn Fn(&str, &str, &str) -> String) -> String {
    let head =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":"#;
    fill(&format!(r#"{head}{{"ForAllValues:StringLike":{{"aws:TagKeys":["#), r#""*a*b""#, r#","*"]}}}}"#)
}
