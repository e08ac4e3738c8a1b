//! Documents that AWS refuses, and with which sentence; documents that it takes although they look odd.
//!
//! The sentences are those recorded from AWS. Each row of the record that is about policies is here.

use keystead_policy::{Policy, PolicyError, Purpose};

const LEGACY: &str = "The policy failed legacy parsing";
const SYNTAX: &str = "Syntax errors in policy.";
const OLD_VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const NO_ACTIONS: &str = "Policy statement must contain actions.";
const NO_RESOURCES: &str = "Policy statement must contain resources.";
const SIDS: &str = "Statement IDs (SID) in a single policy must be unique.";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
const COLONS: &str = "Actions/Condition can contain only one colon.";
const IAM_PATH: &str = "IAM resource path must either be \"*\", root, or start with user/, federated-user/, role/, \
    group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, \
    access-report/.";

fn sentence(text: &str, purpose: Purpose) -> Option<String> {
    match Policy::compile("p", text, purpose, 6144) {
        Ok(_) => None,
        Err(PolicyError::Malformed(sentence)) => Some(sentence),
        Err(other) => panic!("{other}: {text}"),
    }
}

/// A managed policy with this one statement.
fn managed(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#)
}

/// A statement that allows `s3:ListBucket` on this, a JSON value.
fn on(resource: &str) -> String {
    managed(&format!(r#"{{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {resource}}}"#))
}

/// A statement with this action element on a bucket.
fn doing(element: &str) -> String {
    managed(&format!(r#"{{"Effect": "Allow", {element}, "Resource": "arn:aws:s3:::bucket"}}"#))
}

/// An otherwise good statement with these members more.
fn with(members: &str) -> String {
    doing(&format!(r#""Action": "s3:ListBucket", {members}"#))
}

fn assert_all(purpose: Purpose, cases: &[(String, Option<&str>)]) {
    for (text, expected) in cases {
        assert_eq!(sentence(text, purpose).as_deref(), *expected, "{text}");
    }
}

#[test]
fn what_is_no_document_is_a_syntax_error() {
    let good = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}"#;
    let texts = [
        "This is not a json document".to_owned(),
        r#"["2012-10-17"]"#.to_owned(),
        r#"{"Version": "2012-10-17"}"#.to_owned(),
        managed("[]"),
        managed(r#"["afd"]"#),
        format!(r#"{{"Version": "2013-10-17", "Statement": {good}}}"#),
        format!(r#"{{"Version": "2012-10-17", "Statement": {good}, "Extra": "value"}}"#),
        format!(r#"{{"Version": "2012-10-17", "Id": ["a"], "Statement": {good}}}"#),
        format!(r#"{{"Version": "2012-10-17", "Statement": {good}, "Version": "2012-10-17"}}"#),
        managed(r#"{"Effect": "invalid", "Action": "s3:ListBucket", "Resource": "*"}"#),
        managed(r#"{"Action": "s3:ListBucket", "Resource": "*"}"#),
        managed(r#"{"Effect": "Allow", "Effect": "Deny", "Action": "s3:ListBucket", "Resource": "*"}"#),
        with(r#""Extra": "value""#),
        with(r#""Sid": {}"#),
        with(r#""Sid": []"#),
        with(r#""NotAction": "iam:dsf""#),
        with(r#""NotResource": "*""#),
        with(r#""NotResource": []"#),
        doing(r#""Action": {}"#),
        doing(r#""Action": [[]]"#),
        doing(r#""Action": [], "NotAction": "s3:ListBucket""#),
        on("{}"),
        on(r#"["adfdf", {}]"#),
        with(r#""Condition": []"#),
        with(r#""Condition": "a""#),
        with(r#""Condition": {"a": "b"}"#),
        with(r#""Condition": {"x": {"a": "1"}}"#),
        with(r#""Condition": {"DateGreaterThan": []}"#),
        with(r#""Condition": {"DateGreaterThan": {"a": {}}}"#),
        with(r#""Condition": {"NullIfExists": {"a": "true"}}"#),
        with(r#""Condition": {"ForAnyValue::StringEqualsIfExists": {"a": "asf"}}"#),
        with(r#""Condition": [{"ForAllValues:StringEquals": {"aws:TagKeys": "Department"}}]"#),
        with(&format!(r#""Condition": {}1{}"#, r#"{"StringEquals": {"a": "#.repeat(40), "}}".repeat(40))),
    ];
    let cases: Vec<_> = texts.into_iter().map(|text| (text, Some(SYNTAX))).collect();
    assert_all(Purpose::Managed, &cases);
    assert_all(Purpose::Identity, &cases);
}

#[test]
fn a_managed_policy_is_of_the_present_version() {
    let statement = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}"#;
    let without = format!(r#"{{"Statement": {statement}}}"#);
    let first = format!(r#"{{"Version": "2008-10-17", "Statement": {statement}}}"#);
    assert_all(Purpose::Managed, &[(without.clone(), Some(OLD_VERSION)), (first.clone(), Some(OLD_VERSION))]);
    assert_all(Purpose::Identity, &[(without, None), (first, None)]);
}

#[test]
fn resources_are_refused_in_aws_words() {
    let partition = |partition: &str, arn: &str| {
        format!("Partition \"{partition}\" is not valid for resource \"arn:{arn}\".")
    };
    let cases = [
        (
            on(r#""invalid resource""#),
            r#"Resource invalid resource must be in ARN format or "*"."#.to_owned(),
        ),
        (on(r#""""#), r#"Resource  must be in ARN format or "*"."#.to_owned()),
        (on(r#"["adf"]"#), r#"Resource adf must be in ARN format or "*"."#.to_owned()),
        (
            managed(r#"{"Effect": "Allow", "Action": "s:3:ListBucket", "Resource": "sdfsadf"}"#),
            r#"Resource sdfsadf must be in ARN format or "*"."#.to_owned(),
        ),
        (on(r#""a:bsdfdsafsad""#), partition("bsdfdsafsad", "bsdfdsafsad:*:*:*:*")),
        (on(r#""a:b:cadfsdf""#), partition("b", "b:cadfsdf:*:*:*")),
        (on(r#""a:b:c:d:e:f:g:h""#), partition("b", "b:c:d:e:f:g:h")),
        (on(r#""aws:s3:::example_bucket""#), partition("s3", "s3:::example_bucket:*")),
        (
            on(r#"["arn:error:s3:::example_bucket", "arn:error:s3::example_bucket"]"#),
            partition("error", "error:s3:::example_bucket"),
        ),
        (
            on(r#""arn:aws""#),
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
        ),
        (
            on(r#""arn:aws:s*:::b""#),
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
        ),
        (on(r#""arn:aws:iam:::example_bucket""#), IAM_PATH.to_owned()),
        (
            on(r#""arn:aws:iam:us-east-1::example_bucket""#),
            "IAM resource arn:aws:iam:us-east-1::example_bucket cannot contain region information."
                .to_owned(),
        ),
        (
            on(r#""arn:aws:s3:us-east-1::example_bucket""#),
            "Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(sentence(&text, Purpose::Managed), Some(expected), "{text}");
    }
}

#[test]
fn the_older_reader_takes_exception_first() {
    let effect = |effect: &str, rest: &str| managed(&format!(r#"{{"Effect": "{effect}"{rest}}}"#));
    let date = |value: &str| with(&format!(r#""Condition": {{"DateLessThan": {{"a": "{value}"}}}}"#));
    let texts = [
        on(r#""arn:aws:s3::example_bucket""#),
        on(r#""arn:aws::fdsasf""#),
        on(r#""arn:aws::::example_bucket""#),
        on(r#""arn:aws:dynamodb:us-west-2:table/books""#),
        on(r#""arn:aws:iam::${aws:PrincipalAccount}:role/workshop-*""#),
        on(r#""arn:aws:iam::<ACCOUNT_ID>:role/x""#),
        managed(r#"{"Effect": "Allow", "Resource": "arn:aws:s3::example_bucket"}"#),
        managed(
            r#"{"Effect": "Allow", "Action": "s3:ListBucket", "NotResource": "arn:aws:s3::example_bucket"}"#,
        ),
        effect("denY", r#", "Action": "s3:ListBucket", "Resource": "*""#),
        effect("allow", r#", "Resource": "arn:aws:s3:us-east-1::example_bucket""#),
        effect("Allow", r#", "Condition": {"DateGreaterThan": {"a": "sdfdsf"}}"#),
        managed(
            r#"[{"Sid": "a", "Effect": "aLLow", "Action": "s3:*", "Resource": "*"}, {"Sid": "a", "Effect": "Allow"}]"#,
        ),
        managed(
            r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:error:s3:::example_bucket",
                "Condition": {"DateGreaterThan": {"a": "sdfdsf"}}}"#,
        ),
        date("sdfdsf"),
        date("234-13"),
        date("2016-12-13t2:00:00.593194+1"),
        date("2016-12-13t2:00:00.1999999999+10:59"),
        date("9223372036854775808"),
    ];
    assert_all(Purpose::Managed, &texts.map(|text| (text, Some(LEGACY))));
    let older = r#"{"Statement": {"Effect": "denY", "Action": "s3:ListBucket", "Resource": "*"}}"#;
    assert_all(Purpose::Managed, &[(older.to_owned(), Some(OLD_VERSION))]);
}

#[test]
fn sids_actions_and_resources_are_asked_for_in_this_order() {
    let two = |second: &str| {
        managed(&format!(
            r#"[{{"Sid": "sdf", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}, {second}]"#
        ))
    };
    let cases = [
        (two(r#"{"Sid": "sdf", "Effect": "Allow"}"#), SIDS),
        (two(r#"{"Effect": "Deny"}"#), NO_ACTIONS),
        (managed(r#"{"Effect": "Allow"}"#), NO_ACTIONS),
        (managed(r#"{"Effect": "Allow", "Resource": "arn:aws:s3:::b"}"#), NO_ACTIONS),
        (doing(r#""Action": []"#), NO_ACTIONS),
        (managed(r#"{"Effect": "Allow", "Action": "s3:ListBucket"}"#), NO_RESOURCES),
        (managed(r#"{"Effect": "Allow", "Action": "invalid"}"#), NO_RESOURCES),
        (on("[]"), NO_RESOURCES),
        (doing(r#""Action": "invalid""#), VENDOR),
        (doing(r#""NotAction": """#), VENDOR),
        (doing(r#""Action": "a a:ListBucket""#), "Vendor a a is not valid"),
        (doing(r#""Action": ":ListBucket""#), "Vendor  is not valid"),
        (doing(r#""Action": "s3:List:Bucket""#), COLONS),
        (
            managed(
                r#"[{"Effect": "Allow", "Action": "s3s:ListBucket", "Resource": "*"},
                    {"Effect": "Allow", "Action": "s:3s:ListBucket", "Resource": "*"}]"#,
            ),
            COLONS,
        ),
        (with(r#""Principal": "*""#), "Policy document should not specify a principal."),
    ];
    assert_all(Purpose::Managed, &cases.map(|(text, expected)| (text, Some(expected))));
}

#[test]
fn what_looks_odd_and_is_taken_by_aws_is_taken() {
    let texts = [
        on(r#"["arn:aws:s3:::example_bucket", "*"]"#),
        on(r#""arn:aws:fdsasf""#),
        on(r#""arn:aws:s33:::example_bucket""#),
        on(r#""arn:aws:ec2:region:account-id:instance/*""#),
        on(r#""arn:aws:cloudwatch:us-east-1::example_bucket""#),
        on(r#""arn:*:iam::*:role/*""#),
        on(r#""arn:aws:iam::*:root""#),
        on(r#""arn:aws:s3:us-west-2:123456789012:accesspoint/mine/object/*""#),
        doing(r#""Action": "iam: asdf safdsf af ""#),
        doing(r#""Action": "aaaaaadsfdsafsadfsadfaaaaa:ListBucket""#),
        doing(r#""Action": ["s3-s:ListBucket", "s3.s:*", "*"]"#),
        managed(r#"{"Effect": "Allow", "NotAction": "s3:ListBucket", "NotResource": "*"}"#),
        with(r#""Condition": {}"#),
        with(r#""Condition": {"x": {}, "y": {}}"#),
        with(r#""Condition": {"DateGreaterThan": {"a": []}}"#),
        with(r#""Condition": {"DateGreaterThan": {"a": "01T"}}"#),
        with(r#""Condition": {"DateLessThan": {"a": "-292275054"}}"#),
        with(r#""Condition": {"DateLessThanEquals": {"a": "2016-12-13t2:00:00.593194+23"}}"#),
        with(r#""Condition": {"Bool": {"a": true}, "NumericLessThan": {"b": [1, 2.5]}}"#),
        managed(
            r#"[{"Sid": "", "Effect": "Allow", "Action": "rds:*", "Resource": "*"},
                {"Sid": "", "Effect": "Allow", "Action": "rds:*", "Resource": "*"}]"#,
        ),
    ];
    assert_all(Purpose::Managed, &texts.map(|text| (text, None)));
}

#[test]
fn a_trust_policy_is_read_by_another_reader() {
    let trust = |statement: &str| format!(r#"{{"Version": "2008-10-17", "Statement": [{statement}]}}"#);
    let service = r#""Principal": {"Service": "ec2.amazonaws.com"}"#;
    let assume = r#""Action": "sts:AssumeRole""#;
    let aws =
        |name: &str| trust(&format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{name}"}}, {assume}}}"#));
    let cases = [
        ("{not json".to_owned(), Some("This policy contains invalid Json")),
        (trust(""), Some("Could not parse the policy: Statement is empty!")),
        (
            trust(&format!(r#"{{"Effect": "Allow", {service}, {assume}, "Resource": "*"}}"#)),
            Some("Has prohibited field Resource"),
        ),
        (
            trust(&format!(r#"{{"Effect": "Allow", {service}, "Action": "ec2:RunInstances"}}"#)),
            Some("AssumeRole policy may only specify STS AssumeRole actions."),
        ),
        (
            trust(&format!(r#"{{"Effect": "Allow", {service}, "Action": ["sts:AssumeRole", "*"]}}"#)),
            Some("AssumeRole policy may only specify STS AssumeRole actions."),
        ),
        (trust(&format!(r#"{{"Effect": "Allow", {assume}}}"#)), Some("Missing required field Principal")),
        (
            aws("arn:aws:iam::123456789012:user/*"),
            Some(r#"Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*""#),
        ),
        (aws("Ann"), Some(r#"Invalid principal in policy: "AWS":"Ann""#)),
        (
            trust(&format!(r#"{{"Effect": "Allow", "NotPrincipal": {{"AWS": "*"}}, {assume}}}"#)),
            Some("Allow with NotPrincipal is not allowed."),
        ),
        (aws("123456789012"), None),
        (aws("*"), None),
        (aws("AROAEXAMPLEEXAMPLE123"), None),
        (aws("arn:aws:sts::123456789012:assumed-role/R/s"), None),
        (
            trust(&format!(
                r#"{{"Effect": "Allow", {service}, "Action": ["sts:AssumeRole", "sts:TagSession"]}}"#
            )),
            None,
        ),
    ];
    assert_all(Purpose::Trust, &cases);
}

#[test]
fn white_space_does_not_count_towards_the_quota() {
    let text = on("\"*\"").replace(' ', " \n\t ");
    let chars = text.chars().filter(|letter| !letter.is_whitespace()).count();
    assert!(Policy::compile("p", &text, Purpose::Identity, chars).is_ok());
    let refused = Policy::compile("p", &text, Purpose::Identity, chars - 1);
    assert_eq!(refused.err(), Some(PolicyError::TooLong { chars_max: chars - 1 }));
}
