//! The managed policies that are shipped.

use keystead_policy::managed::MANAGED_POLICIES;
use keystead_policy::{Context, Policy, Purpose};

use crate::{CHARS_MAX, ask};

fn shipped(name: &str) -> Policy {
    let policy =
        MANAGED_POLICIES.iter().find(|policy| policy.name == name).unwrap_or_else(|| panic!("{name}"));
    Policy::compile(&policy.arn(), policy.document, Purpose::Managed, CHARS_MAX)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_shipped_policy_is_one_that_aws_would_take() {
    for policy in MANAGED_POLICIES {
        shipped(policy.name);
        assert!(policy.version.starts_with('v'), "{}", policy.name);
    }
    assert!(MANAGED_POLICIES.windows(2).all(|pair| pair[0].name < pair[1].name), "sorted by name");
}

#[test]
fn the_shipped_policies_allow_what_their_names_say() {
    let own = "arn:aws:iam::123456789012:user/division/Ann";
    let other = "arn:aws:iam::123456789012:user/Bob";
    let cases = [
        ("AdministratorAccess", "iam:DeleteUser", other, true),
        ("PowerUserAccess", "iam:DeleteUser", other, false),
        ("PowerUserAccess", "keystead:ListRotations", "*", true),
        ("ReadOnlyAccess", "iam:ListUsers", "*", true),
        ("ReadOnlyAccess", "iam:CreateUser", other, false),
        ("ReadOnlyAccess", "keystead:GetRotation", "*", true),
        ("ReadOnlyAccess", "keystead:RevealCredential", "*", false),
        ("SecurityAudit", "iam:GetCredentialReport", "*", true),
        ("SecurityAudit", "iam:DeleteUser", other, false),
        ("IAMFullAccess", "iam:DeleteUser", other, true),
        ("IAMFullAccess", "sts:AssumeRole", "*", false),
        ("IAMReadOnlyAccess", "iam:GetUser", other, true),
        ("IAMReadOnlyAccess", "iam:UpdateUser", other, false),
        ("IAMUserChangePassword", "iam:ChangePassword", own, true),
        ("IAMUserChangePassword", "iam:ChangePassword", other, false),
        ("IAMUserSSHKeys", "iam:UploadSSHPublicKey", "arn:aws:iam::123456789012:user/Ann", true),
        ("IAMUserSSHKeys", "iam:UploadSSHPublicKey", other, false),
        ("AWSDenyAll", "iam:GetUser", own, false),
        ("AWSCompromisedKeyQuarantineV2", "iam:CreateAccessKey", other, false),
        ("AWSCompromisedKeyQuarantineV3", "iam:CreateUser", other, false),
    ];
    let context = Context::new().with("aws:username", "Ann");
    for (name, action, resource, expected) in cases {
        let policy = shipped(name);
        assert_eq!(
            ask(&policy, action, resource, &context).is_allowed(),
            expected,
            "{name} {action} {resource}"
        );
    }
}
