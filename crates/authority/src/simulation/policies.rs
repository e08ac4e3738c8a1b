//! The policies that a simulation asks, and what its answers call them.

use std::collections::BTreeSet;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{PolicyIdentifier, Position, Statement};
use keystead_gate::authorize::{ContextKeys, SHIPPED_POLICIES};
use keystead_policy::{
    Decision, Policy, PolicyError, PolicySet, PolicyType, Purpose, Reason, Request, ResourcePolicy, evaluate,
    statement_spans,
};

use crate::granted::{Granted, Source};
use crate::grantee;

/// Longer than any document that a request has room for.
const CHARS_MAX: usize = 1 << 20;

/// A policy with what it is called.
struct Known {
    id: String,
    document: String,
    policy: Policy,
}

impl Known {
    /// Compiles a policy. Its place is what decisions know it by: names need not be unique.
    fn compile(id: String, document: String, purpose: Purpose, place: usize) -> Result<Self> {
        match Policy::compile(&place.to_string(), &document, purpose, CHARS_MAX) {
            Ok(policy) => Ok(Self { id, document, policy }),
            Err(PolicyError::Malformed(sentence)) => Err(Fault::InvalidInput(format!("{id}: {sentence}"))),
            Err(error @ PolicyError::TooLong { .. }) => Err(Fault::InvalidInput(format!("{id}: {error}"))),
        }
    }
}

/// The documents that a request brings.
pub struct Given {
    policies: Vec<String>,
    boundary: Option<String>,
    resource_policy: Option<String>,
}

impl Given {
    /// Checks the documents of a request. Policies of organisations are not known here, so they are refused
    /// rather than left out.
    pub(crate) fn read(
        policies: Vec<String>,
        mut boundaries: Vec<String>,
        of_organizations: usize,
        resource_policy: Option<String>,
    ) -> Result<Self> {
        if boundaries.len() > 1 {
            return Err(Fault::InvalidInput(
                "Give at most one document in PermissionsBoundaryPolicyInputList.".to_owned(),
            ));
        }
        if of_organizations > 0 {
            return Err(Fault::InvalidInput(
                "OrderedOrganizationPolicyInputList is not supported: accounts here are in no organization."
                    .to_owned(),
            ));
        }
        let given = Self { policies, boundary: boundaries.pop(), resource_policy };
        Policies::compile(&given, Vec::new(), None).map(|_| given)
    }

    /// How long they are together.
    pub(super) fn chars(&self) -> usize {
        self.policies.iter().chain(&self.boundary).chain(&self.resource_policy).map(String::len).sum()
    }
}

/// All policies of a simulation.
#[derive(Default)]
pub(crate) struct Policies {
    identity: Vec<Known>,
    boundary: Option<Known>,
    resource: Option<Known>,
}

impl Policies {
    /// Those that somebody was granted and those that a request brings; its boundary takes the place of theirs.
    pub(crate) fn compile(given: &Given, granted: Vec<Granted>, boundary: Option<Granted>) -> Result<Self> {
        let granted = granted.into_iter().map(|granted| (granted.id(), granted.document));
        let brought = given.policies.iter().enumerate();
        let brought = brought.map(|(place, text)| (format!("PolicyInputList.{}", place + 1), text.clone()));
        let identity = granted.chain(brought).enumerate();
        let identity =
            identity.map(|(place, (id, document))| Known::compile(id, document, Purpose::Identity, place));
        let brought =
            given.boundary.clone().map(|text| ("PermissionsBoundaryPolicyInputList.1".to_owned(), text));
        let boundary = brought.or_else(|| boundary.map(|granted| (granted.id(), granted.document)));
        let boundary = boundary.map(|(id, document)| Known::compile(id, document, Purpose::Identity, 0));
        let resource = given.resource_policy.clone();
        let resource =
            resource.map(|text| Known::compile("ResourcePolicy".to_owned(), text, Purpose::Resource, 0));
        Ok(Self {
            identity: identity.collect::<Result<_>>()?,
            boundary: boundary.transpose()?,
            resource: resource.transpose()?,
        })
    }

    pub(super) fn has_resource_policy(&self) -> bool {
        self.resource.is_some()
    }

    pub(super) fn decide(&self, request: &Request<'_>) -> Decision<'_> {
        let identity: Vec<&Policy> = self.identity.iter().map(|known| &known.policy).collect();
        let resource = self.resource.as_ref().map(|known| ResourcePolicy::Granting(&known.policy));
        let boundary = self.boundary.as_ref().map(|known| &known.policy);
        evaluate(request, &PolicySet { identity: &identity, boundary, session: None, resource })
    }

    /// Whether the boundary by itself allows it, where there is one.
    pub(super) fn is_within_boundary(&self, request: &Request<'_>) -> Option<bool> {
        let boundary = &self.boundary.as_ref()?.policy;
        let alone = PolicySet { identity: &[boundary], ..PolicySet::default() };
        Some(evaluate(request, &alone).is_allowed())
    }

    /// A statement that made a decision, with its place in its policy's text.
    pub(super) fn statement(&self, reason: &Reason<'_>) -> Option<Statement> {
        let (known, kind) = match reason.policy_type {
            PolicyType::Boundary => (self.boundary.as_ref()?, "Permissions Boundary Policy"),
            PolicyType::Resource | PolicyType::RoleTrust => (self.resource.as_ref()?, "Resource Policy"),
            PolicyType::Identity | PolicyType::Session => {
                (self.identity.get(reason.policy.parse::<usize>().ok()?)?, "IAM Policy")
            }
        };
        let span = statement_spans(&known.document).into_iter().nth(reason.index)?;
        Some(Statement {
            source_policy_id: Some(known.id.clone()),
            source_policy_type: Some(kind.to_owned()),
            start_position: Some(shown(span.start)),
            end_position: Some(shown(span.end)),
        })
    }

    /// The context keys that the policies ask about, each once.
    pub(crate) fn context_keys(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let all = self.identity.iter().chain(&self.boundary).chain(&self.resource);
        let keys = all.flat_map(|known| known.policy.context_keys());
        keys.filter(|key| seen.insert(key.to_ascii_lowercase())).map(str::to_owned).collect()
    }

    /// Those of which `told` says nothing.
    pub(super) fn keys_missing_in(&self, told: &ContextKeys) -> Vec<String> {
        let is_told = |key: &String| told.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
        self.context_keys().into_iter().filter(|key| !is_told(key)).collect()
    }
}

fn shown(position: keystead_policy::Position) -> Position {
    let number = |number: usize| i64::try_from(number).ok();
    Position { line: number(position.line), column: number(position.column) }
}

/// The policies of somebody that a simulation leaves out.
pub(crate) struct Exclusions(pub(crate) Vec<PolicyIdentifier>);

impl Exclusions {
    /// Whether a policy stays in the simulation.
    pub(crate) fn keep(&self, granted: &Granted) -> bool {
        !self.0.iter().any(|excluded| match (excluded.policy_type.as_deref(), &granted.source) {
            (Some("inline"), Source::Inline { kind, owner }) => {
                excluded.inline_policy_identifier.as_ref().is_some_and(|inline| {
                    inline.policy_name == granted.name
                        && inline.attachment_type == grantee::noun(*kind)
                        && inline.attachment_name == *owner
                })
            }
            (Some("aws-managed" | "user-managed"), Source::Managed { arn }) => {
                let is_shipped = arn.starts_with(SHIPPED_POLICIES);
                let wants_shipped = excluded.policy_type.as_deref() == Some("aws-managed");
                is_shipped == wants_shipped && excluded.policy_arn.as_deref() == Some(arn)
            }
            _ => false,
        })
    }

    /// Whether the boundary stays in it.
    pub(crate) fn keep_boundary(&self, arn: &str) -> bool {
        !self.0.iter().any(|excluded| {
            excluded.policy_type.as_deref() == Some("permission-boundary")
                && excluded.policy_arn.as_deref().is_none_or(|excluded| excluded == arn)
        })
    }
}
