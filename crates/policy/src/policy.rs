//! A policy compiled once and asked often.

use std::collections::BTreeSet;

use crate::action::{Action, Actions};
use crate::condition::Condition;
use crate::context::Context;
use crate::document::{self, Document, Element, Version};
use crate::pattern::{ArnParts, ArnPattern, parse_arn};
use crate::principal::{NamedPrincipals, Naming, Principal};
use crate::template::Unresolved;
use crate::validate::{self, PolicyError, Purpose};

/// A policy, checked for its use and ready to be asked. Share it by `Arc`: it never changes.
#[derive(Clone, Debug)]
pub struct Policy {
    id: String,
    statements: Vec<Statement>,
}

/// What a request asks for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) principal: Principal<'a>,
    pub(crate) action: Action,
    pub(crate) resource: Option<ArnParts<'a>>,
    pub(crate) owner: Option<&'a str>,
    pub(crate) context: &'a Context<'a>,
}

impl<'a> Request<'a> {
    /// `principal` wants to do `action` (`iam:CreateUser`) with `resource`, an ARN, or `*` where the
    /// operation is about none. The resource belongs to the account of its ARN, without one to the
    /// principal's.
    pub fn new(principal: Principal<'a>, action: &str, resource: &'a str, context: &'a Context<'a>) -> Self {
        let resource = parse_arn(resource);
        let owner =
            resource.as_ref().map(|[.., account, _]| account.as_str()).filter(|account| !account.is_empty());
        Self {
            principal,
            action: Action::of(action),
            resource,
            owner: owner.or(principal.account()),
            context,
        }
    }

    /// Says whose the resource is where its ARN does not: buckets have no account in theirs.
    pub fn owned_by(self, account: &'a str) -> Self {
        Self { owner: Some(account), ..self }
    }
}

/// Allow or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// A statement, its elements in the order they are asked: cheap ones first.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: String,
    pub(crate) effect: Effect,
    actions: Element<Actions>,
    principals: Option<NamedPrincipals>,
    resources: Option<Element<Vec<ArnPattern>>>,
    conditions: Vec<Condition>,
}

impl Policy {
    /// Reads a document and checks it for its use with the texts that AWS answers with. `id` is what
    /// decisions name the policy by; `chars_max` is the quota of its size, in which white space does not
    /// count.
    pub fn compile(id: &str, text: &str, purpose: Purpose, chars_max: usize) -> Result<Self, PolicyError> {
        let document = validate::check(text, purpose, chars_max)?;
        Ok(Self { id: id.to_owned(), statements: compile_statements(&document) })
    }

    /// What decisions name it by.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The context keys its variables and conditions ask about, each once, as it is spelled where it is first.
    pub fn context_keys(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        let keys = self.statements.iter().flat_map(Statement::keys);
        keys.filter(|key| seen.insert(key.to_ascii_lowercase())).collect()
    }

    /// Whether any statement allows any action of a service, for example `iam`, under whatever conditions.
    pub fn allows_some_action_of(&self, service: &str) -> bool {
        let service = service.to_ascii_lowercase();
        let allowing = self.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        allowing.map(|statement| &statement.actions).any(|Element { negated, value }| {
            if *negated { !value.contain_all_of(&service) } else { value.contain_some_of(&service) }
        })
    }
}

fn compile_statements(document: &Document) -> Vec<Statement> {
    document.statements.iter().map(|written| Statement::compile(written, document.version)).collect()
}

impl Statement {
    fn compile(written: &document::Statement, version: Version) -> Self {
        // The check has made sure that the effect is one of two and that there are actions.
        let effect = if written.effect.as_deref() == Some("Allow") { Effect::Allow } else { Effect::Deny };
        let actions = written.action.as_ref();
        Self {
            sid: written.sid.clone(),
            effect,
            actions: Element {
                negated: actions.is_some_and(|actions| actions.negated),
                value: Actions::compile(actions.map_or(&[], |actions| &actions.value)),
            },
            principals: (written.principal.as_ref())
                .map(|principals| NamedPrincipals::compile(principals, effect == Effect::Deny)),
            resources: written.resource.as_ref().map(|resources| Element {
                negated: resources.negated,
                value: resources.value.iter().map(|text| ArnPattern::compile(text, version)).collect(),
            }),
            conditions: (written.conditions.iter())
                .map(|condition| Condition::compile(condition, version))
                .collect(),
        }
    }

    /// Whether the statement is about the request, and if so how closely it names who asks. A statement
    /// without principals names the identity it is attached to.
    pub(crate) fn find(&self, request: &Request<'_>) -> Option<Naming> {
        if self.actions.value.contain(&request.action) == self.actions.negated {
            return None;
        }
        let naming = match &self.principals {
            Some(principals) => principals.find(&request.principal)?,
            None => Naming::Itself,
        };
        self.covers(request).unwrap_or(false).then_some(naming)
    }

    /// Whether resource and conditions fit. A variable that cannot be filled in takes the statement out.
    fn covers(&self, request: &Request<'_>) -> Result<bool, Unresolved> {
        if let Some(resources) = &self.resources {
            let mut any = false;
            for pattern in &resources.value {
                if !any || pattern.templates().next().is_some() {
                    any |= pattern.matches(request.resource.as_ref(), request.context)?;
                }
            }
            if any == resources.negated {
                return Ok(false);
            }
        }
        for condition in &self.conditions {
            if !condition.holds(request.context)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resources.iter().flat_map(|resources| &resources.value);
        let variables = resources.flat_map(ArnPattern::templates).flat_map(crate::template::Template::keys);
        variables.chain(self.conditions.iter().flat_map(Condition::keys))
    }
}
