//! What deciding a request costs in process, typically and at worst: as a multiple of one SHA-256 of
//! 1 KiB measured in the same run. One line of JSON; the bombs one by one on standard error.

use std::hint::black_box;

use keystead_bench::medians_ns;
use keystead_policy::managed::MANAGED_POLICIES;
use keystead_policy::{Context, Policy, PolicySet, Principal, Purpose, Request, evaluate};
use sha2::{Digest, Sha256};

/// The worst that a legal document can do, as the tests have it.
#[path = "../../../crates/policy/tests/it/bombs.rs"]
mod bombs;

const CALLS: u32 = 5_000;
const BOMB_CALLS: u32 = 50;
/// Self-service with a second factor demanded, as AWS's pages have it.
const OWN_KEYS: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["iam:*AccessKey*", "iam:GetUser"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
    {"Effect": "Deny", "NotAction": ["iam:*MFADevice*", "iam:GetUser", "sts:GetSessionToken"], "Resource": "*",
     "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#;
const ANN: &str = "arn:aws:iam::123456789012:user/Ann";

fn main() {
    let hash = || {
        black_box(Sha256::digest(black_box([7_u8; 1024])));
    };
    let own = Policy::compile("own", OWN_KEYS, Purpose::Identity, 2048).expect("is taken");
    let audit = MANAGED_POLICIES.iter().find(|policy| policy.name == "SecurityAudit").expect("is shipped");
    let audit = Policy::compile("audit", audit.document, Purpose::Managed, usize::MAX).expect("is taken");
    let typical = || {
        let context = Context::new()
            .with("aws:username", "Ann")
            .with("aws:MultiFactorAuthPresent", "true")
            .with("aws:SourceIp", "203.0.113.7")
            .with("aws:CurrentTime", "2026-11-22T10:00:00Z")
            .with("aws:PrincipalArn", ANN);
        let ann = Principal::User { arn: ANN, id: "AIDAANNANNANNANNANNAN" };
        let request = Request::new(ann, black_box("iam:CreateAccessKey"), ANN, &context);
        assert!(decide(&request, &[&own, &audit]));
    };
    let [hash_ns, typical_ns] = medians_ns(CALLS, [&hash, &typical]);

    let mut worst_ns: f64 = 0.0;
    bombs::each_bomb(|name, policy, request| {
        let bomb = || {
            black_box(decide(request, &[policy]));
        };
        let [ns] = medians_ns(BOMB_CALLS, [&bomb]);
        eprintln!("bench: {name}: {:.0} us", ns / 1e3);
        worst_ns = worst_ns.max(ns);
    });
    println!(
        "{}",
        serde_json::json!({
            "sha256_1_kib_ns": hash_ns,
            "policy_typical_ns": typical_ns,
            "policy_typical_per_s": 1e9 / typical_ns,
            "policy_typical_in_hashes": typical_ns / hash_ns,
            "policy_worst_us": worst_ns / 1e3,
            "policy_worst_in_hashes": worst_ns / hash_ns,
        })
    );
}

fn decide(request: &Request<'_>, identity: &[&Policy]) -> bool {
    evaluate(request, &PolicySet { identity, ..PolicySet::default() }).is_allowed()
}
