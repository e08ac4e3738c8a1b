//! The managed policies that are shipped.

use std::collections::BTreeSet;

use keystead_policy::managed::{MANAGED_POLICIES, ManagedPolicy};
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
    assert!(MANAGED_POLICIES.is_sorted_by_key(|policy| policy.name), "by name");
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
        ("AWSCompromisedKeyQuarantine", "iam:CreateAccessKey", other, false),
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

/// What RightScale's roles could do with cloud accounts and secrets, and what goes with it here. Where two
/// of its pages disagreed about stored credentials, `actor` or `designer`, both may.
#[test]
fn keysteads_roles_may_what_rightscales_could() {
    let (admin, actor, observer) = ("admin", "actor", "observer");
    let (designer, viewer, security) = ("designer", "credential_viewer", "security_manager");
    let nobody: &[&str] = &[];
    let cases: &[(&str, &[&str])] = &[
        ("keystead:ConnectCloud", &[admin]),
        ("keystead:UpdateCloudCredentials", &[admin]),
        ("keystead:UndoCloudCredentials", &[admin]),
        ("keystead:DeleteCloudAccount", &[admin]),
        ("keystead:GetConnectionHelp", &[admin, observer]),
        ("keystead:RequestInvitation", &[admin]),
        ("keystead:ProbeCloudAccount", &[actor]),
        ("keystead:GetCloudStatus", &[observer]),
        ("keystead:ListCloudAccounts", &[observer]),
        ("keystead:RevealCloudCredentials", nobody),
        ("keystead:RevealCredential", nobody),
        ("keystead:InviteUser", &[admin]),
        ("keystead:CreateStoredCredential", &[actor, designer]),
        ("keystead:DeleteStoredCredential", &[actor, designer]),
        ("keystead:ListStoredCredentials", &[observer, viewer]),
        ("keystead:RevealStoredCredential", &[admin, viewer]),
        ("keystead:UseStoredCredential", &[actor, designer]),
        ("keystead:GrantStoredCredential", &[admin]),
        ("keystead:RegenerateCredentials", &[admin]),
        ("keystead:RestoreStoredCredential", &[actor, designer]),
        ("keystead:UpdateInputs", &[actor, designer]),
        ("keystead:EnrollWorkload", &[actor]),
        ("keystead:RevealInputs", nobody),
        ("keystead:RevealSshKey", &[admin]),
        ("keystead:AdoptCredential", &[admin]),
        ("keystead:StartRotation", &[actor]),
        ("keystead:EnrollConsumer", &[actor]),
        ("keystead:ListRotations", &[observer]),
        ("keystead:ListAuditEvents", &[admin, observer, security]),
        ("keystead:VerifyAuditTrail", &[admin, security]),
        ("keystead:PutPasswordPreset", &[security]),
        ("iam:GetUser", &[admin, security]),
        ("iam:GenerateCredentialReport", &[security]),
        ("iam:GetAccountSummary", &[admin, observer, security]),
        ("iam:CreateUser", nobody),
        ("iam:CreateAccessKey", nobody),
        ("iam:PutUserPolicy", nobody),
        ("sts:AssumeRole", nobody),
    ];
    let context = Context::new();
    for (action, expected) in cases {
        for role in [admin, actor, observer, designer, viewer, security] {
            let may = ask(&shipped(role), action, "*", &context).is_allowed();
            assert_eq!(may, expected.contains(&role), "{role} {action}");
        }
    }
}

#[test]
fn an_admin_gives_keysteads_roles_and_no_others() {
    let admin = shipped("admin");
    let ann = "arn:aws:iam::123456789012:user/Ann";
    for (policy, expected) in [
        ("arn:aws:iam::aws:policy/keystead/admin", true),
        ("arn:aws:iam::aws:policy/AdministratorAccess", false),
        ("arn:aws:iam::123456789012:policy/keystead/admin", false),
    ] {
        let context = Context::new().with("iam:PolicyARN", policy);
        for action in ["iam:AttachUserPolicy", "iam:DetachUserPolicy"] {
            assert_eq!(ask(&admin, action, ann, &context).is_allowed(), expected, "{action} {policy}");
        }
    }
}

#[test]
fn every_shipped_policy_has_an_id_of_its_own_and_a_description() {
    let ids: BTreeSet<&str> = MANAGED_POLICIES.iter().map(ManagedPolicy::id).collect();
    assert_eq!(ids.len(), MANAGED_POLICIES.len());
    for policy in MANAGED_POLICIES {
        let letters = policy.id().strip_prefix("ANPA").expect("a managed policy's prefix");
        assert!(letters.len() == 17 && letters.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')));
        assert!((1..=1000).contains(&policy.description.len()), "{}", policy.name);
        assert!(policy.created_at <= policy.updated_at, "{}", policy.name);
    }
}
