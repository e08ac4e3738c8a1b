//! Decides requests in bulk, so that another reading of the language can be held against this one.
//!
//! Each line of standard input is a JSON object of policies and the requests to put to them; each line of
//! standard output has the decisions in order: the outcome in words, then the policy and the place of
//! every statement behind it. `tests/policy` asks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, Write};

use keystead_policy::{
    Context, Outcome, Policy, PolicyError, PolicySet, Principal, Purpose, Request, ResourcePolicy, evaluate,
};
use serde::Deserialize;

/// Larger than any document that is put here.
const CHARS_MAX: usize = 200_000;

/// A line of standard input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    #[serde(borrow)]
    policies: Documents<'l>,
    #[serde(borrow)]
    requests: Vec<Asked<'l>>,
}

/// The documents, each as its text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Documents<'l> {
    #[serde(borrow)]
    identity: Vec<Cow<'l, str>>,
    #[serde(borrow)]
    boundary: Option<Cow<'l, str>>,
    #[serde(borrow)]
    session: Option<Vec<Cow<'l, str>>>,
    #[serde(borrow)]
    resource: Option<Cow<'l, str>>,
    /// Whether the resource is a role and its document the trust policy.
    is_trust: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked<'l> {
    #[serde(borrow)]
    who: Who<'l>,
    action: &'l str,
    #[serde(borrow)]
    resource: Cow<'l, str>,
    owner: Option<&'l str>,
    #[serde(borrow)]
    context: BTreeMap<Cow<'l, str>, Vec<Cow<'l, str>>>,
}

/// [`Principal`], as it is written in JSON.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Who<'l> {
    Anonymous,
    Root { account: &'l str },
    User { arn: &'l str, id: &'l str },
    RoleSession { arn: &'l str, role_arn: &'l str, role_id: &'l str },
    FederatedUser { arn: &'l str, user_arn: &'l str },
    Service { name: &'l str },
    Federated { provider: &'l str },
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Line { policies, requests } = serde_json::from_str(&line)?;
        let compiled = Compiled::of(&policies)?;
        let decisions: Vec<_> = requests.iter().map(|asked| compiled.decide(asked)).collect();
        serde_json::to_writer(&mut output, &decisions)?;
        writeln!(output)?;
        output.flush()?;
    }
    Ok(())
}

struct Compiled {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    resource: Option<Policy>,
    is_trust: bool,
}

impl Compiled {
    fn of(documents: &Documents<'_>) -> Result<Self, PolicyError> {
        let compile = |name: &str, text: &str, purpose| Policy::compile(name, text, purpose, CHARS_MAX);
        let numbered = |name: &str, texts: &[Cow<'_, str>]| -> Result<Vec<Policy>, PolicyError> {
            let texts = texts.iter().enumerate();
            texts.map(|(n, text)| compile(&format!("{name}{n}"), text, Purpose::Identity)).collect()
        };
        let boundary = documents.boundary.as_ref();
        let resource = documents.resource.as_ref();
        let of_resource = if documents.is_trust { Purpose::Trust } else { Purpose::Resource };
        Ok(Self {
            identity: numbered("identity", &documents.identity)?,
            boundary: boundary.map(|text| compile("boundary", text, Purpose::Identity)).transpose()?,
            session: documents.session.as_deref().map(|texts| numbered("session", texts)).transpose()?,
            resource: resource.map(|text| compile("resource", text, of_resource)).transpose()?,
            is_trust: documents.is_trust,
        })
    }

    fn decide(&self, asked: &Asked<'_>) -> (String, Vec<(&str, usize)>) {
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
            asked.context.values().map(|values| values.iter().map(AsRef::as_ref).collect()).collect();
        let context = (asked.context.keys().zip(&values))
            .fold(Context::new(), |context, (key, values)| context.with_many(key, values));
        let request = Request::new(asked.who.principal(), asked.action, &asked.resource, &context);
        let request = match asked.owner {
            Some(owner) => request.owned_by(owner),
            None => request,
        };
        let decision = evaluate(&request, &policies);
        let outcome = match decision.outcome {
            Outcome::Allowed => "allowed".to_owned(),
            Outcome::ExplicitlyDenied(policy_type) => format!("explicit {policy_type}"),
            Outcome::ImplicitlyDenied(policy_type) => format!("implicit {policy_type}"),
        };
        (outcome, decision.reasons.iter().map(|reason| (reason.policy, reason.index)).collect())
    }
}

impl<'l> Who<'l> {
    fn principal(&self) -> Principal<'l> {
        match *self {
            Self::Anonymous => Principal::Anonymous,
            Self::Root { account } => Principal::Root { account },
            Self::User { arn, id } => Principal::User { arn, id },
            Self::RoleSession { arn, role_arn, role_id } => Principal::RoleSession { arn, role_arn, role_id },
            Self::FederatedUser { arn, user_arn } => Principal::FederatedUser { arn, user_arn },
            Self::Service { name } => Principal::Service(name),
            Self::Federated { provider } => Principal::Federated(provider),
        }
    }
}
