//! B12: no document makes a decision slow. That matching takes linear work is counted, not timed, in
//! `crates/policy/src/glob.rs`; what a decision costs is in `make bench`.

use std::time::{Duration, Instant};

use keystead_policy::{Policy, PolicySet, Purpose, evaluate};

use crate::bombs::{self, each_bomb};

/// Twenty times what a decision may take in production, the quickest of a few runs: a slow machine passes
/// and work that grows with the square of the document does not.
const DECISION_MAX: Duration = Duration::from_millis(20);

#[test]
fn b12_a_legal_bomb_is_decided_in_time() {
    #[expect(clippy::disallowed_methods, reason = "this measures")]
    let now = Instant::now;
    each_bomb(|name, policy, request| {
        let policies = PolicySet { identity: &[policy], ..PolicySet::default() };
        let quickest = (0..5).map(|_| {
            let start = now();
            evaluate(request, &policies);
            now().duration_since(start)
        });
        let quickest = quickest.min().unwrap_or_default();
        assert!(quickest <= DECISION_MAX, "{name}: {quickest:?}");
    });
}

#[test]
fn b12_a_bomb_that_is_too_large_or_too_deep_is_not_read() {
    let compile = |text: &str| Policy::compile("p", text, Purpose::Managed, bombs::CHARS_MAX);
    let of_actions = |letters: usize| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Resource":"*","Action":"iam:{}"}}}}"#,
            "a".repeat(letters)
        )
    };
    let room = bombs::CHARS_MAX - of_actions(0).len();
    assert!(compile(&of_actions(room)).is_ok());
    assert!(compile(&of_actions(room + 1)).is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(compile(&format!(r#"{{"Statement":{deep}}}"#)).is_err());
}
