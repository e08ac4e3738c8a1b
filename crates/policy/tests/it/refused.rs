//! Documents that AWS refuses, and with which sentence; documents that it takes although they look odd.
//!
//! The sentences are those recorded from AWS, and the last test holds that none of the record is missing.

use std::collections::BTreeSet;

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

/// A document and the sentence that refuses it.
type Refused = (String, String);

fn all<const N: usize>(texts: [String; N], sentence: &str) -> Vec<Refused> {
    texts.into_iter().map(|text| (text, sentence.to_owned())).collect()
}

fn assert_refused(purpose: Purpose, cases: Vec<Refused>) {
    for (text, expected) in cases {
        assert_eq!(sentence(&text, purpose), Some(expected), "{text}");
    }
}

fn assert_taken<const N: usize>(purpose: Purpose, texts: [String; N]) {
    for text in texts {
        assert_eq!(sentence(&text, purpose), None, "{text}");
    }
}

fn no_documents() -> Vec<Refused> {
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
    all(texts, SYNTAX)
}

#[test]
fn what_is_no_document_is_a_syntax_error() {
    assert_refused(Purpose::Managed, no_documents());
    assert_refused(Purpose::Identity, no_documents());
}

fn of_the_first_version() -> [String; 2] {
    let statement = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}"#;
    [
        format!(r#"{{"Statement": {statement}}}"#),
        format!(r#"{{"Version": "2008-10-17", "Statement": {statement}}}"#),
    ]
}

#[test]
fn a_managed_policy_is_of_the_present_version() {
    assert_refused(Purpose::Managed, all(of_the_first_version(), OLD_VERSION));
    assert_taken(Purpose::Identity, of_the_first_version());
}

fn resources() -> Vec<Refused> {
    let partition = |partition: &str, arn: &str| {
        format!("Partition \"{partition}\" is not valid for resource \"arn:{arn}\".")
    };
    vec![
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
    ]
}

#[test]
fn resources_are_refused_in_aws_words() {
    assert_refused(Purpose::Managed, resources());
}

fn unreadable_to_the_older_reader() -> Vec<Refused> {
    let effect = |effect: &str, rest: &str| managed(&format!(r#"{{"Effect": "{effect}"{rest}}}"#));
    let date = |value: &str| with(&format!(r#""Condition": {{"DateLessThan": {{"a": "{value}"}}}}"#));
    let texts = [
        on(r#""arn:aws:s3::bucket""#),
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
    all(texts, LEGACY)
}

#[test]
fn the_older_reader_takes_exception_first() {
    assert_refused(Purpose::Managed, unreadable_to_the_older_reader());
    let older = r#"{"Statement": {"Effect": "denY", "Action": "s3:ListBucket", "Resource": "*"}}"#;
    assert_refused(Purpose::Managed, all([older.to_owned()], OLD_VERSION));
}

fn in_order() -> Vec<Refused> {
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
    cases.map(|(text, expected)| (text, expected.to_owned())).to_vec()
}

#[test]
fn sids_actions_and_resources_are_asked_for_in_this_order() {
    assert_refused(Purpose::Managed, in_order());
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
    assert_taken(Purpose::Managed, texts);
}

/// A trust policy of this one statement.
fn trust(statement: &str) -> String {
    format!(r#"{{"Version": "2008-10-17", "Statement": [{statement}]}}"#)
}

const SERVICE: &str = r#""Principal": {"Service": "ec2.amazonaws.com"}"#;
const ASSUME: &str = r#""Action": "sts:AssumeRole""#;

/// A trust policy that names an AWS principal.
fn trusting(name: &str) -> String {
    trust(&format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{name}"}}, {ASSUME}}}"#))
}

fn trust_policies() -> Vec<Refused> {
    let allow = |rest: &str| trust(&format!(r#"{{"Effect": "Allow", {rest}}}"#));
    let not_sts = "AssumeRole policy may only specify STS AssumeRole actions.";
    let principal = |name: &str| format!("Invalid principal in policy: \"AWS\":\"{name}\"");
    let cases = [
        ("{not json".to_owned(), "This policy contains invalid Json"),
        (trust(""), "Could not parse the policy: Statement is empty!"),
        (allow(&format!(r#"{SERVICE}, {ASSUME}, "Resource": "*""#)), "Has prohibited field Resource"),
        (allow(&format!(r#"{SERVICE}, "Action": "ec2:RunInstances""#)), not_sts),
        (allow(&format!(r#"{SERVICE}, "Action": ["sts:AssumeRole", "*"]"#)), not_sts),
        (allow(ASSUME), "Missing required field Principal"),
        (
            allow(&format!(r#""Principal": {{}}, {ASSUME}"#)),
            "Missing required field Principal cannot be empty!",
        ),
        (allow(SERVICE), "Missing required field Action"),
        (trust(&format!("{{{SERVICE}, {ASSUME}}}")), "Missing required field Effect"),
        (
            allow(&format!(r#""NotPrincipal": {{"AWS": "*"}}, {ASSUME}"#)),
            "Allow with NotPrincipal is not allowed.",
        ),
    ];
    let mut cases = cases.map(|(text, expected)| (text, expected.to_owned())).to_vec();
    let unnameable = ["arn:aws:iam::123456789012:user/*", "Ann", "arn:aws:s3:::bucket"];
    cases.extend(unnameable.map(|name| (trusting(name), principal(name))));
    cases
}

#[test]
fn a_trust_policy_is_read_by_another_reader() {
    assert_refused(Purpose::Trust, trust_policies());
    let nameable =
        ["123456789012", "*", "AROAEXAMPLEEXAMPLE123", "arn:aws:sts::123456789012:assumed-role/R/s"];
    assert_taken(Purpose::Trust, nameable.map(trusting));
    let two_actions = r#""Action": ["sts:AssumeRole", "sts:TagSession"]"#;
    assert_taken(Purpose::Trust, [trust(&format!(r#"{{"Effect": "Allow", {SERVICE}, {two_actions}}}"#))]);
}

#[test]
fn every_recorded_sentence_is_here() {
    let refused = [
        no_documents(),
        all(of_the_first_version(), OLD_VERSION),
        resources(),
        unreadable_to_the_older_reader(),
        in_order(),
        trust_policies(),
    ];
    let ours: BTreeSet<String> =
        refused.into_iter().flatten().map(|(_, sentence)| as_recorded(&sentence)).collect();
    let record = include_str!("../../../authority/tests/recorded/aws-errors.tsv");
    let rows = record.lines().filter_map(|row| row.split_once("\tMalformedPolicyDocument\tSender\t"));
    let theirs: BTreeSet<String> = rows.map(|(_, sentence)| sentence.to_owned()).collect();
    assert!(!theirs.is_empty());
    assert_eq!(theirs.difference(&ours).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// A sentence as the record has it: runs of spaces are one, partition and region are placeholders.
fn as_recorded(sentence: &str) -> String {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let sentence = words.join(" ").replace("arn:aws:iam:us-east-1", "arn:<partition>:iam:<region>");
    sentence.replace("arn:aws:s3:us-east-1", "arn:<partition>:s3:<region>")
}

#[test]
fn white_space_does_not_count_towards_the_quota() {
    let text = on("\"*\"").replace(' ', " \n\t ");
    let chars = text.chars().filter(|letter| !letter.is_whitespace()).count();
    assert!(Policy::compile("p", &text, Purpose::Identity, chars).is_ok());
    let refused = Policy::compile("p", &text, Purpose::Identity, chars - 1);
    assert_eq!(refused.err(), Some(PolicyError::TooLong { chars_max: chars - 1 }));
}
