//! The crate and the second reading of the pages, asked the same.

use keystead_policy::{
    Context, Outcome, Policy, PolicySet, Principal, Purpose, Request, ResourcePolicy, evaluate,
};
use serde_json::Value;

use crate::CHARS_MAX;
use crate::generate::{self, Draw};
use crate::oracle::{self, Asked, Coverage, Documents, Verdict, Who};

/// How many requests the ordinary tests put to both.
const REQUESTS: u64 = 200_000;
/// How many of them are put to the same documents.
const REQUESTS_PER_SET: u64 = 10;
/// How often each operator must have been decided, with and without `IfExists` and quantifier, and with
/// the key there and not.
const DECIDED_MIN: u32 = 300;

#[test]
fn two_readings_of_the_documentation_agree() {
    let mut seen = Coverage::new();
    for seed in 0..REQUESTS / REQUESTS_PER_SET {
        let mut draw = Draw::of(seed);
        let documents = generate::documents(&mut draw);
        let compiled = Compiled::of(&documents);
        for _ in 0..REQUESTS_PER_SET {
            let asked = generate::asked(&mut draw, &documents);
            let expected = oracle::decide(&documents, &asked, &mut seen);
            assert_eq!(compiled.decide(&asked), expected, "seed {seed}: {asked:#?} {documents:#?}");
        }
    }
    // 26 comparisons × 2 for `IfExists` × 3 quantifiers, and `Null` × 3; each with the key and without.
    assert_eq!(seen.len(), (26 * 2 * 3 + 3) * 2);
    let (rarest, count) = seen.iter().min_by_key(|(_, count)| **count).expect("conditions were decided");
    assert!(*count >= DECIDED_MIN, "{rarest:?} was decided {count} times");
    println!("{REQUESTS} requests agree; the rarest condition, {rarest:?}, was decided {count} times");
}

/// The documents as the crate has them.
struct Compiled {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    resource: Option<Policy>,
    is_trust: bool,
}

impl Compiled {
    fn of(documents: &Documents) -> Self {
        let compile = |name: &str, document: &Value, purpose: Purpose| {
            Policy::compile(name, &document.to_string(), purpose, CHARS_MAX)
                .unwrap_or_else(|error| panic!("{error}: {document}"))
        };
        let numbered = |name: &str, list: &[Value]| -> Vec<Policy> {
            let named = list.iter().enumerate().map(|(n, document)| (format!("{name}{n}"), document));
            named.map(|(name, document)| compile(&name, document, Purpose::Identity)).collect()
        };
        let of_resource = if documents.is_trust { Purpose::Trust } else { Purpose::Resource };
        Self {
            identity: numbered("identity", &documents.identity),
            boundary: documents
                .boundary
                .as_ref()
                .map(|document| compile("boundary", document, Purpose::Identity)),
            session: documents.session.as_deref().map(|list| numbered("session", list)),
            resource: documents.resource.as_ref().map(|document| compile("resource", document, of_resource)),
            is_trust: documents.is_trust,
        }
    }

    fn decide(&self, asked: &Asked) -> Verdict {
        let identity: Vec<&Policy> = self.identity.iter().collect();
        let session: Option<Vec<&Policy>> = self.session.as_ref().map(|session| session.iter().collect());
        let of_resource = if self.is_trust { ResourcePolicy::RoleTrust } else { ResourcePolicy::Granting };
        let policies = PolicySet {
            identity: &identity,
            boundary: self.boundary.as_ref(),
            session: session.as_deref(),
            resource: self.resource.as_ref().map(of_resource),
        };
        let values: Vec<Vec<&str>> =
            asked.context.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
        let context = (asked.context.iter().zip(&values))
            .fold(Context::new(), |context, ((key, _), values)| context.with_many(key, values));
        let request = Request::new(principal(&asked.who), &asked.action, &asked.resource, &context);
        let request = match &asked.owner {
            Some(owner) => request.owned_by(owner),
            None => request,
        };
        let decision = evaluate(&request, &policies);
        let outcome = match decision.outcome {
            Outcome::Allowed => "allowed".to_owned(),
            Outcome::ExplicitlyDenied(policy_type) => format!("explicit {policy_type}"),
            Outcome::ImplicitlyDenied(policy_type) => format!("implicit {policy_type}"),
        };
        let statements =
            decision.reasons.iter().map(|reason| (reason.policy.to_owned(), reason.index)).collect();
        Verdict { outcome, statements }
    }
}

fn principal(who: &Who) -> Principal<'_> {
    let arn = who.arn.as_str();
    match &who.behind {
        None if who.service => Principal::Service(arn),
        None => Principal::User { arn, id: "AIDAEXAMPLE" },
        Some(role_arn) if arn.contains("assumed-role") => {
            Principal::RoleSession { arn, role_arn, role_id: "AROAEXAMPLE" }
        }
        Some(user_arn) => Principal::FederatedUser { arn, user_arn },
    }
}
