//! Conditions, operator by operator: what holds when the key is there, when it is not, and when it has
//! several values.

use keystead_policy::Context;

use crate::{ask, identity};

/// Whether a condition block holds.
fn holds(block: &str, context: &Context<'_>) -> bool {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {block}}}}}"#
    );
    ask(&identity("p", &text), "iam:GetUser", "*", context).is_allowed()
}

/// Each comparison with a value that satisfies it and one that does not.
const COMPARISONS: [(&str, &str, &str, &str); 27] = [
    ("StringEquals", "Ann", "Ann", "ann"),
    ("StringNotEquals", "Ann", "ann", "Ann"),
    ("StringEqualsIgnoreCase", "ÉMILE", "émile", "emile"),
    ("StringNotEqualsIgnoreCase", "ÉMILE", "emile", "émile"),
    ("StringLike", "home/*/?.txt", "home/a/b/é.txt", "home/.txt"),
    ("StringNotLike", "home/*/?.txt", "home/.txt", "home/a/b/é.txt"),
    ("NumericEquals", "10", "10.0", "10.1"),
    ("NumericNotEquals", "10", "11", "10"),
    ("NumericLessThan", "10", "9.99", "10"),
    ("NumericLessThanEquals", "10", "10", "10.01"),
    ("NumericGreaterThan", "-2", "-1", "-2"),
    ("NumericGreaterThanEquals", "9007199254740993", "9007199254740993", "9007199254740992"),
    ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", "1577836801"),
    ("DateNotEquals", "2020-01-01", "2020-01-02", "2020-01-01T00:00:00Z"),
    ("DateLessThan", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z", "2020-01-01T00:00:00Z"),
    ("DateLessThanEquals", "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:01Z"),
    ("DateGreaterThan", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00.001Z", "2020-01-01T00:00:00Z"),
    ("DateGreaterThanEquals", "1577836800", "2020-01-01T00:00:00Z", "2019-12-31T23:59:59Z"),
    ("Bool", "true", "TRUE", "false"),
    ("BinaryEquals", "aGVsbG8=", "hello", "aGVsbG8="),
    ("IpAddress", "203.0.113.0/24", "203.0.113.255", "203.0.114.0"),
    ("NotIpAddress", "2001:db8::/32", "203.0.113.1", "2001:db8::1"),
    (
        "ArnEquals",
        "arn:aws:sns:*:111122223333:t*",
        "arn:aws:sns:eu:111122223333:top",
        "arn:aws:sns:eu:1:111122223333:t",
    ),
    ("ArnLike", "arn:aws:sns:*:111122223333:t*", "arn:aws:sns:eu:111122223333:top", "not an arn"),
    ("ArnNotEquals", "arn:aws:sns:*:*:t*", "arn:aws:sns:eu:1:x", "arn:aws:sns:eu:1:t"),
    ("ArnNotLike", "arn:aws:sns:*:*:t*", "not an arn", "arn:aws:sns:eu:1:t"),
    ("NumericEquals", "10", "10", "ten"),
];

#[test]
fn every_operator_compares_as_documented() {
    for (name, policy, good, bad) in COMPARISONS {
        for operator in [name.to_owned(), format!("{name}IfExists")] {
            for set in ["", "ForAllValues:", "ForAnyValue:"] {
                let block = format!(r#"{{"{set}{operator}": {{"X:Key": "{policy}"}}}}"#);
                assert!(holds(&block, &Context::new().with("x:key", good)), "{block} {good}");
                assert!(!holds(&block, &Context::new().with("x:key", bad)), "{block} {bad}");
            }
        }
    }
}

#[test]
fn a_key_that_is_absent_satisfies_what_is_documented() {
    for (name, policy, ..) in COMPARISONS {
        let negated = name.contains("Not");
        let cases = [
            (name.to_owned(), negated),
            (format!("{name}IfExists"), true),
            (format!("ForAllValues:{name}"), true),
            (format!("ForAllValues:{name}IfExists"), true),
            (format!("ForAnyValue:{name}"), false),
            (format!("ForAnyValue:{name}IfExists"), true),
        ];
        for (operator, expected) in cases {
            let block = format!(r#"{{"{operator}": {{"x:key": "{policy}"}}}}"#);
            for context in [Context::new(), Context::new().with_many("x:key", &[])] {
                assert_eq!(holds(&block, &context), expected, "{block}");
            }
        }
    }
}

#[test]
fn several_values_are_taken_as_the_quantifier_says() {
    // What AWS's table of PostDateTime, Message and Tags says, and its negation.
    let cases: [(&str, &[&str], bool); 14] = [
        ("ForAllValues:StringLike", &["PostDateTime", "Message"], true),
        ("ForAllValues:StringLike", &["PostDateTime", "UserName"], false),
        ("ForAllValues:StringLike", &[""], true),
        ("ForAnyValue:StringLike", &["PostDateTime", "UserName"], true),
        ("ForAnyValue:StringLike", &["UserName"], false),
        ("ForAnyValue:StringLike", &[""], false),
        ("ForAllValues:StringNotLike", &["UserName", "ID"], true),
        ("ForAllValues:StringNotLike", &["UserName", "Tags"], false),
        ("ForAnyValue:StringNotLike", &["UserName", "Tags"], true),
        ("ForAnyValue:StringNotLike", &["Message", "Tags"], false),
        ("StringLike", &["UserName", "Tags"], true),
        ("StringLike", &["UserName"], false),
        ("StringNotLike", &["UserName"], true),
        ("StringNotLike", &["UserName", "Tags"], false),
    ];
    for (operator, values, expected) in cases {
        let block =
            format!(r#"{{"{operator}": {{"dynamodb:attributes": ["PostDateTime", "Message", "Tags"]}}}}"#);
        assert_eq!(
            holds(&block, &Context::new().with_many("dynamodb:Attributes", values)),
            expected,
            "{block} {values:?}"
        );
    }
}

#[test]
fn null_asks_whether_a_key_is_there() {
    let there = Context::new().with("aws:TokenIssueTime", "2020-01-01T00:00:00Z");
    for (value, absent, present) in
        [("\"true\"", true, false), ("false", false, true), ("[\"true\", \"false\"]", true, true)]
    {
        let block = format!(r#"{{"Null": {{"aws:TokenIssueTime": {value}}}}}"#);
        assert_eq!((holds(&block, &Context::new()), holds(&block, &there)), (absent, present), "{block}");
    }
}

#[test]
fn operators_and_keys_must_all_hold() {
    let context = Context::new().with("aws:username", "Ann").with("aws:SourceIp", "10.0.0.1");
    let both = |name: &str, range: &str| {
        format!(
            r#"{{"StringEquals": {{"aws:username": "{name}"}}, "IpAddress": {{"aws:SourceIp": "{range}"}}}}"#
        )
    };
    assert!(holds(&both("Ann", "10.0.0.0/8"), &context));
    assert!(!holds(&both("Bob", "10.0.0.0/8"), &context));
    assert!(!holds(&both("Ann", "11.0.0.0/8"), &context));
    assert!(holds("{}", &context), "no condition holds");
    assert!(!holds(r#"{"StringEquals": {"aws:username": []}}"#, &context), "none of no values");
    assert!(holds(r#"{"StringNotEquals": {"aws:username": []}}"#, &context), "none of no values");
}

#[test]
fn wildcards_count_only_where_the_operator_has_them() {
    let context = Context::new().with("x:key", "a*b");
    for (operator, value, expected) in [
        ("StringEquals", "a*b", true),
        ("StringEquals", "a*", false),
        ("StringLike", "a*", true),
        ("StringLike", "a${*}b", true),
        ("StringLike", "${*}b", false),
        ("StringEquals", "a${*}b", true),
    ] {
        let block = format!(r#"{{"{operator}": {{"x:key": "{value}"}}}}"#);
        assert_eq!(holds(&block, &context), expected, "{block}");
    }
}
