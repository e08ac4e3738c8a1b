//! B12: documents within AWS's limits that are written to be slow. `bench` measures the same ones.

use keystead_policy::{Context, Policy, Principal, Purpose, Request};

/// The quota of a managed policy, which is the largest there is for identities.
pub(crate) const CHARS_MAX: usize = 6144;
/// The longest ARN.
const RESOURCE_CHARS: usize = 2048;

/// Calls `visit` with the name of each bomb, its policy, and the request that makes it slow.
pub(crate) fn each_bomb(mut visit: impl FnMut(&'static str, &Policy, &Request<'_>)) {
    let long = "a".repeat(RESOURCE_CHARS);
    let keys: Vec<String> = (10..60).map(|n| "a".repeat(100) + &n.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let context = Context::new()
        .with("aws:UserAgent", &long)
        .with("aws:username", &long[..1000])
        .with_many("aws:TagKeys", &keys);
    for (name, document, resource) in bombs() {
        let policy = Policy::compile(name, &document, Purpose::Managed, CHARS_MAX)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        visit(name, &policy, &Request::new(Principal::Anonymous, "iam:aaaaaaaa", &resource, &context));
    }
}

/// Name, document and resource of each.
fn bombs() -> Vec<(&'static str, String, String)> {
    let resource = format!("arn:aws:s3:::{}", "a".repeat(RESOURCE_CHARS - 13));
    let document = |rest: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*",{rest}"#)
    };
    let one = |pattern: String| document(&format!(r#""Resource":"arn:aws:s3:::{pattern}"}}}}"#));
    let many = |item: &str| filled(&document(r#""Resource":["#), item, "]}}");
    let when = |operator: &str, key: &str, item: &str, tail: &str| {
        let head = document(&format!(r#""Resource":"*","Condition":{{"{operator}":{{"{key}":["#));
        filled(&head, item, &format!("{tail}]}}}}}}}}"))
    };
    let like = |operator: &str, item: &str| when(operator, "aws:UserAgent", item, "");
    let any = || "*".to_owned();
    vec![
        ("one resource of `*a`", one("*a".repeat(3000) + "*b*"), resource.clone()),
        ("one resource of `*a?`", one("*a?".repeat(2000) + "b*"), resource.clone()),
        ("one long piece with `?`", one(format!("*{}?b*", "a".repeat(6000))), resource.clone()),
        ("many resources with `*a*b*`", many(r#""arn:aws:s3:::*a*b*""#), resource.clone()),
        ("many resources with `?`", many(r#""arn:aws:s3:::*a?b*""#), resource.clone()),
        ("many StringLike", like("StringLike", r#""*a*b*""#), any()),
        ("many StringLike with `?`", like("StringLike", r#""*a?b*""#), any()),
        ("many StringLike with variables", like("StringLike", r#""*${aws:username}*b""#), any()),
        // Each value of the request is matched by the last pattern only.
        (
            "many StringLike, 50 values",
            when("ForAllValues:StringLike", "aws:TagKeys", r#""*a*b""#, r#","*""#),
            any(),
        ),
        ("many addresses", like("IpAddress", r#""::1/9""#), any()),
        ("many ignoring case", like("StringEqualsIgnoreCase", r#""a""#), any()),
        ("many dates", like("DateEquals", r#""1T""#), any()),
    ]
}

/// As many of an item as the quota leaves room for.
fn filled(head: &str, item: &str, tail: &str) -> String {
    let count = (CHARS_MAX - head.len() - tail.len()) / (item.len() + 1);
    [head, &vec![item; count].join(","), tail].concat()
}
