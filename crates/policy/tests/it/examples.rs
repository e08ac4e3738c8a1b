//! The examples of AWS's pages on policy evaluation, and the probes that other engines failed.

use keystead_policy::{
    Context, Outcome, Policy, PolicySet, PolicyType, Principal, Purpose, Request, ResourcePolicy, evaluate,
};

use crate::{ANN, ask, identity, of_resource};

const ALLOW_ALL: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const ALLOW_IAM: &str = r#"{"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}"#;
const ALLOW_S3: &str = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
const DENY_S3: &str =
    r#"{"Statement": {"Sid": "NoS3", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
const OBJECT: &str = "arn:aws:s3:::bucket/file";
const SESSION: Principal<'_> = Principal::RoleSession {
    arn: "arn:aws:sts::123456789012:assumed-role/examplerole/examplerolesessionname",
    role_arn: "arn:aws:iam::123456789012:role/examplerole",
    role_id: "AROAEXAMPLEEXAMPLE123",
};

#[test]
fn carlos_may_use_his_bucket_and_not_its_logs() {
    let own = identity(
        "carlossalazar",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "AllowS3ListRead", "Effect": "Allow", "Resource": "arn:aws:s3:::*", "Action": [
                "s3:GetBucketLocation", "s3:GetAccountPublicAccessBlock", "s3:ListAccessPoints", "s3:ListAllMyBuckets"]},
            {"Sid": "AllowS3Self", "Effect": "Allow", "Action": "s3:*",
             "Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]},
            {"Sid": "DenyS3Logs", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::*log*"}]}"#,
    );
    let bucket = of_resource(
        "bucket",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*",
            "Principal": {"AWS": "arn:aws:iam::123456789012:user/carlossalazar"},
            "Resource": ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]}]}"#,
    );
    let carlos = Principal::User { arn: "arn:aws:iam::123456789012:user/carlossalazar", id: "AIDACARLOS" };
    let context = Context::new();
    let policies = PolicySet {
        identity: &[&own],
        resource: Some(ResourcePolicy::Granting(&bucket)),
        ..PolicySet::default()
    };
    let logs = Request::new(carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar-logs/file", &context);
    let decision = evaluate(&logs, &policies);
    assert_eq!(decision.outcome, Outcome::ExplicitlyDenied(PolicyType::Identity));
    assert_eq!(decision.reasons.iter().map(|reason| reason.sid).collect::<Vec<_>>(), ["DenyS3Logs"]);

    let own_file = Request::new(carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar/file", &context);
    let decision = evaluate(&own_file, &policies);
    assert!(decision.is_allowed());
    let reasons: Vec<String> = decision.reasons.iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["statement AllowS3Self of carlossalazar", "statement 1 of bucket"]);
    assert!(
        evaluate(&own_file, &PolicySet { identity: &[], ..policies }).is_allowed(),
        "the bucket's is enough"
    );
}

#[test]
fn reports_are_denied_explicitly_and_changes_implicitly() {
    let policy = identity(
        "reader",
        r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "AllowGetList", "Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
            {"Sid": "DenyReports", "Effect": "Deny", "Action": "iam:*Report", "Resource": "*"}]}"#,
    );
    let outcome = |action| ask(&policy, action, "*", &Context::new()).outcome;
    assert_eq!(outcome("iam:ListUsers"), Outcome::Allowed);
    assert_eq!(outcome("iam:GetOrganizationsAccessReport"), Outcome::ExplicitlyDenied(PolicyType::Identity));
    assert_eq!(outcome("iam:CreatePolicy"), Outcome::ImplicitlyDenied(PolicyType::Identity));
}

#[test]
fn a_boundary_limits_and_does_not_grant() {
    let (all, iam) = (identity("all", ALLOW_ALL), identity("iam", ALLOW_IAM));
    let context = Context::new();
    let outcome = |identity: &[&Policy], boundary, action| {
        let policies = PolicySet { identity, boundary: Some(boundary), ..PolicySet::default() };
        evaluate(&Request::new(ANN, action, "*", &context), &policies).outcome
    };
    assert_eq!(outcome(&[&all], &iam, "iam:ListUsers"), Outcome::Allowed);
    assert_eq!(outcome(&[&all], &iam, "s3:ListBuckets"), Outcome::ImplicitlyDenied(PolicyType::Boundary));
    assert_eq!(outcome(&[], &all, "iam:ListUsers"), Outcome::ImplicitlyDenied(PolicyType::Identity));
}

#[test]
fn a_session_has_no_more_than_its_policies_give() {
    let (all, iam) = (identity("all", ALLOW_ALL), identity("iam", ALLOW_IAM));
    let context = Context::new();
    let outcome = |session: Option<&[&Policy]>, action| {
        let policies = PolicySet { identity: &[&all], session, ..PolicySet::default() };
        evaluate(&Request::new(SESSION, action, "*", &context), &policies).outcome
    };
    assert_eq!(outcome(None, "s3:ListBuckets"), Outcome::Allowed);
    assert_eq!(outcome(Some(&[&iam]), "iam:ListUsers"), Outcome::Allowed);
    assert_eq!(outcome(Some(&[&iam]), "s3:ListBuckets"), Outcome::ImplicitlyDenied(PolicyType::Session));
    assert_eq!(outcome(Some(&[]), "iam:ListUsers"), Outcome::ImplicitlyDenied(PolicyType::Session));
}

/// The table "Resource-based policies and implicit denies in other policy types".
#[test]
fn whom_a_resource_names_says_which_implicit_denies_matter() {
    let (iam, s3) = (identity("iam", ALLOW_IAM), identity("s3", ALLOW_S3));
    let federated = Principal::FederatedUser {
        arn: "arn:aws:sts::123456789012:federated-user/exampleuser",
        user_arn: "arn:aws:iam::123456789012:user/exampleuser",
    };
    let boundary = Outcome::ImplicitlyDenied(PolicyType::Boundary);
    let own = Outcome::ImplicitlyDenied(PolicyType::Identity);
    let cases = [
        (ANN, "arn:aws:iam::123456789012:user/Ann", Outcome::Allowed),
        (ANN, "AIDAANNANNANNANNANNAN", Outcome::Allowed),
        (ANN, "123456789012", own),
        (ANN, "arn:aws:iam::123456789012:root", own),
        (ANN, "*", Outcome::Allowed),
        (
            SESSION,
            "arn:aws:sts::123456789012:assumed-role/examplerole/examplerolesessionname",
            Outcome::Allowed,
        ),
        (SESSION, "arn:aws:iam::123456789012:role/examplerole", boundary),
        (SESSION, "123456789012", own),
        (federated, "arn:aws:sts::123456789012:federated-user/exampleuser", Outcome::Allowed),
        (federated, "arn:aws:iam::123456789012:user/exampleuser", boundary),
    ];
    let context = Context::new();
    for (principal, named, expected) in cases {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{named}"}}, "Action": "s3:*", "Resource": "*"}}}}"#
        );
        let bucket = of_resource("bucket", &text);
        let policies = PolicySet {
            identity: &[&iam],
            boundary: Some(&iam),
            session: None,
            resource: Some(ResourcePolicy::Granting(&bucket)),
        };
        let request = Request::new(principal, "s3:GetObject", OBJECT, &context);
        assert_eq!(evaluate(&request, &policies).outcome, expected, "{principal:?} named by {named}");
        // From another account both sides must allow, however close the naming.
        let across = evaluate(&request.owned_by("999999999999"), &PolicySet { boundary: None, ..policies });
        assert_eq!(across.outcome, own);
        let request = Request::new(principal, "s3:GetObject", OBJECT, &context).owned_by("999999999999");
        let both = evaluate(&request, &PolicySet { identity: &[&s3], boundary: None, ..policies });
        assert_eq!(both.outcome, Outcome::Allowed);
    }
}

#[test]
fn an_explicit_deny_anywhere_wins_and_names_its_type() {
    let (all, no_s3) = (identity("all", ALLOW_ALL), identity("no-s3", DENY_S3));
    let allow = r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#;
    let deny = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#;
    let (open, closed) = (of_resource("open", allow), of_resource("closed", deny));
    let base = PolicySet {
        identity: &[&all],
        boundary: Some(&all),
        session: Some(&[&all]),
        resource: Some(ResourcePolicy::Granting(&open)),
    };
    let context = Context::new();
    let request = Request::new(SESSION, "s3:GetObject", OBJECT, &context);
    assert!(evaluate(&request, &base).is_allowed());
    let cases = [
        (
            PolicySet { identity: &[&all, &no_s3], ..base },
            "with an explicit deny in an identity-based policy",
        ),
        (PolicySet { boundary: Some(&no_s3), ..base }, "with an explicit deny in a permissions boundary"),
        (PolicySet { session: Some(&[&no_s3]), ..base }, "with an explicit deny in a session policy"),
        (
            PolicySet { resource: Some(ResourcePolicy::Granting(&closed)), ..base },
            "with an explicit deny in a resource-based policy",
        ),
    ];
    for (policies, text) in cases {
        assert_eq!(evaluate(&request, &policies).outcome.refusal("s3:GetObject").as_deref(), Some(text));
    }
}

#[test]
fn a_role_is_assumed_by_whom_its_trust_policy_allows() {
    let trust = |principal: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}}}"#
        );
        Policy::compile("trust", &text, Purpose::Trust, 2048).expect("a trust policy")
    };
    let (nothing, all) = (vec![], identity("all", ALLOW_ALL));
    let everything = vec![&all];
    let other = Principal::User { arn: "arn:aws:iam::999999999999:user/Eve", id: "AIDAEVE" };
    let (yes, untrusted) = (Outcome::Allowed, Outcome::ImplicitlyDenied(PolicyType::RoleTrust));
    let own = Outcome::ImplicitlyDenied(PolicyType::Identity);
    let service = Principal::Service("ec2.amazonaws.com");
    let cases = [
        (r#"{"AWS": "arn:aws:iam::123456789012:user/Ann"}"#, ANN, &nothing, yes),
        (r#"{"AWS": "123456789012"}"#, ANN, &nothing, own),
        (r#"{"AWS": "123456789012"}"#, ANN, &everything, yes),
        (r#"{"AWS": "arn:aws:iam::123456789012:user/Bob"}"#, ANN, &everything, untrusted),
        (r#"{"AWS": "999999999999"}"#, other, &nothing, own),
        (r#"{"AWS": "arn:aws:iam::999999999999:user/Eve"}"#, other, &nothing, own),
        (r#"{"AWS": "arn:aws:iam::999999999999:user/Eve"}"#, other, &everything, yes),
        (r#"{"AWS": "123456789012"}"#, other, &everything, untrusted),
        (r#"{"Service": "ec2.amazonaws.com"}"#, service, &nothing, yes),
        (r#"{"Service": "lambda.amazonaws.com"}"#, service, &nothing, untrusted),
        (r#"{"AWS": "*"}"#, service, &nothing, yes),
        (
            r#"{"Federated": "accounts.google.com"}"#,
            Principal::Federated("accounts.google.com"),
            &nothing,
            yes,
        ),
        (r#"{"Federated": "accounts.google.com"}"#, service, &nothing, untrusted),
    ];
    let context = Context::new();
    for (named, principal, identity, expected) in cases {
        let trust = trust(named);
        let resource = Some(ResourcePolicy::RoleTrust(&trust));
        let policies = PolicySet { identity, resource, ..PolicySet::default() };
        let role = "arn:aws:iam::123456789012:role/Role";
        let decision = evaluate(&Request::new(principal, "sts:AssumeRole", role, &context), &policies);
        assert_eq!(decision.outcome, expected, "{named} {principal:?}");
    }
    assert_eq!(
        untrusted.refusal("sts:AssumeRole").as_deref(),
        Some("because no role trust policy allows the sts:AssumeRole action")
    );
}

/// AWS: who is excepted from a deny must be listed by account, role and session.
#[test]
fn not_principal_excepts_who_is_named_in_every_way() {
    let (account, role) = ("arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/examplerole");
    let session = "arn:aws:sts::123456789012:assumed-role/examplerole/examplerolesessionname";
    let context = Context::new();
    for (listed, excepted) in [
        (vec![account, role, session], true),
        (vec![role, session], false),
        (vec![account], false),
        (vec![account, "arn:aws:iam::123456789012:user/Ann"], false),
        (vec!["*"], true),
    ] {
        let text = format!(
            r#"{{"Statement": {{"Effect": "Deny", "NotPrincipal": {{"AWS": {listed:?}}}, "Action": "*", "Resource": "*"}}}}"#
        );
        let (all, bucket) = (identity("all", ALLOW_ALL), of_resource("bucket", &text));
        let resource = Some(ResourcePolicy::Granting(&bucket));
        let policies = PolicySet { identity: &[&all], resource, ..PolicySet::default() };
        let request = Request::new(SESSION, "s3:GetObject", OBJECT, &context);
        assert_eq!(evaluate(&request, &policies).is_allowed(), excepted, "{listed:?}");
        let anonymous = Request::new(Principal::Anonymous, "s3:GetObject", OBJECT, &context);
        assert!(!evaluate(&anonymous, &policies).is_allowed());
    }
}

#[test]
fn a_variable_without_a_value_takes_its_statement_out() {
    let statement = |effect: &str, resource: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Action": "iam:GetUser", "Resource": ["{resource}", "arn:aws:iam::*:user/public"]}}"#
        )
    };
    let public = "arn:aws:iam::123456789012:user/public";
    let allowed = |statement: &str, context: &Context<'_>| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        ask(&identity("p", &text), "iam:GetUser", public, context).is_allowed()
    };
    let (named, unnamed) = (Context::new().with("aws:username", "Ann"), Context::new());
    let own = statement("Allow", "arn:aws:iam::*:user/${aws:username}");
    assert!(allowed(&own, &named));
    assert!(!allowed(&own, &unnamed), "also the resource that has no variable");
    assert!(allowed(&statement("Allow", "arn:aws:iam::*:user/${aws:username, 'nobody'}"), &unnamed));
    let if_exists = r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEqualsIfExists": {"aws:team": "${aws:PrincipalTag/team}"}}}"#;
    assert!(allowed(if_exists, &unnamed), "nothing is compared where the key is absent");
    assert!(!allowed(if_exists, &Context::new().with("aws:team", "red")));
}

/// What the crates that exist get wrong, found by probing them.
#[test]
fn the_probes_that_other_engines_fail_are_passed() {
    let user = "arn:aws:iam::123456789012:user/Ann";
    let context = Context::new()
        .with("aws:username", "Ann")
        .with("aws:SecureTransport", "true")
        .with("aws:SourceArn", "arn:aws:sns:eu-west-3:123456789012:topic")
        .with("s3:max-keys", "10");
    let on = |resource: &str| format!(r#""Effect": "Allow", "Action": "*", "Resource": "{resource}""#);
    let when = |condition: &str| format!(r#"{}, "Condition": {{{condition}}}"#, on("*"));
    let cases = [
        ("", on("*"), user, true),
        (r#""Version": "2008-10-17","#, on("arn:aws:iam::*:user/${aws:username}"), user, false),
        ("", on("arn:aws:iam::*:user/${aws:username}"), user, false),
        (r#""Version": "2012-10-17","#, on("arn:aws:iam::*:user/${aws:username}"), user, true),
        ("", when(r#""Bool": {"aws:SecureTransport": "true"}"#), user, true),
        ("", when(r#""Bool": {"aws:SecureTransport": true}"#), user, true),
        ("", when(r#""NumericLessThanEquals": {"s3:max-keys": 10}"#), user, true),
        ("", when(r#""ArnEquals": {"aws:SourceArn": "arn:aws:sns:*:*:top*"}"#), user, true),
        ("", on("*"), "*", true),
        ("", on("arn:aws:iam::*:*"), "*", false),
        ("", on("arn:*:iam::*:user/*"), user, true),
        ("", on("arn:*:iam::*:role/*"), user, false),
    ];
    for (version, statement, resource, expected) in cases {
        let text = format!(r#"{{{version} "Statement": {{{statement}}}}}"#);
        assert_eq!(
            ask(&identity("p", &text), "iam:GetUser", resource, &context).is_allowed(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn the_keys_a_policy_asks_about_are_listed() {
    let policy = identity(
        "p",
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*",
            "Resource": "arn:aws:iam::*:user/${aws:username}",
            "Condition": {"StringLike": {"s3:Prefix": "${aws:PrincipalTag/team, 'x'}"}, "Null": {"AWS:username": "false"}}}}"#,
    );
    assert_eq!(policy.context_keys(), ["aws:username", "s3:Prefix", "aws:PrincipalTag/team"]);
}

#[test]
fn a_policy_grants_something_of_a_service_or_nothing() {
    let cases = [
        (r#""Effect": "Allow", "Action": ["s3:*", "IAM:Get*"]"#, true),
        (r#""Effect": "Allow", "Action": "*""#, true),
        (r#""Effect": "Allow", "Action": "*:Get*""#, true),
        (r#""Effect": "Allow", "Action": "iamx:Get*""#, false),
        (r#""Effect": "Deny", "Action": "iam:*""#, false),
        (r#""Effect": "Allow", "NotAction": "s3:*""#, true),
        (r#""Effect": "Allow", "NotAction": ["iam:Get*", "s3:*"]"#, true),
        (r#""Effect": "Allow", "NotAction": ["iam:**", "s3:*"]"#, false),
        (r#""Effect": "Allow", "NotAction": "iam:?*""#, true),
    ];
    for (elements, expected) in cases {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {{{elements}, "Resource": "*"}}}}"#);
        assert_eq!(identity("p", &text).allows_some_action_of("iam"), expected, "{text}");
    }
}
