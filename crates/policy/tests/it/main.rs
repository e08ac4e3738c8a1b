//! The policy language as AWS documents and answers it. `tests/policy` at the root holds it against a second
//! reading of the same pages.

mod bombs;
mod conditions;
mod examples;
mod limits;
mod managed;
mod refused;
mod variants;

use keystead_policy::{Context, Decision, Policy, PolicySet, Principal, Purpose, Request, evaluate};

/// Larger than any document here.
const CHARS_MAX: usize = 200_000;

/// An ordinary user of the account of the examples.
const ANN: Principal<'_> =
    Principal::User { arn: "arn:aws:iam::123456789012:user/Ann", id: "AIDAANNANNANNANNANNAN" };

/// A policy of an identity that AWS would take.
fn identity(id: &str, text: &str) -> Policy {
    Policy::compile(id, text, Purpose::Identity, CHARS_MAX)
        .unwrap_or_else(|error| panic!("{id}: {error}\n{text}"))
}

/// A policy of a resource.
fn of_resource(id: &str, text: &str) -> Policy {
    Policy::compile(id, text, Purpose::Resource, CHARS_MAX)
        .unwrap_or_else(|error| panic!("{id}: {error}\n{text}"))
}

/// Asks one identity policy for Ann.
fn ask<'p>(policy: &'p Policy, action: &str, resource: &str, context: &Context<'_>) -> Decision<'p> {
    evaluate(
        &Request::new(ANN, action, resource, context),
        &PolicySet { identity: &[policy], ..PolicySet::default() },
    )
}
