//! Whether a document may be what it is meant to be, in AWS's order of checks and in its words.
//!
//! The texts and their order are those recorded from AWS where there is a record. A trust policy is
//! read by another part of AWS, with sentences of its own: see [`trust`].

mod resource;
mod trust;

use std::collections::HashSet;

use crate::condition::Instant;
use crate::document::{Document, Statement, Version};
use crate::operator::Comparison;

/// What a document is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Inline in a user, group or role, or given with a session.
    Identity,
    /// A managed policy, which must be of version 2012-10-17.
    Managed,
    /// Who may assume a role.
    Trust,
    /// Of a resource: who may do what with it.
    Resource,
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It says something that it may not; AWS's sentence.
    #[error("{0}")]
    Malformed(String),
    /// It is longer than its quota.
    #[error("the policy has more than {chars_max} characters, white space not counted; shorten it")]
    TooLong {
        /// The quota.
        chars_max: usize,
    },
}

impl PolicyError {
    fn malformed(text: impl Into<String>) -> Self {
        Self::Malformed(text.into())
    }
}

type Checked = Result<(), PolicyError>;

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";

/// How many characters of a document count: all but white space.
pub fn size(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// Reads a document and checks it for its use.
pub(crate) fn check(text: &str, purpose: Purpose, chars_max: usize) -> Result<Document, PolicyError> {
    if size(text) > chars_max {
        return Err(PolicyError::TooLong { chars_max });
    }
    let document = Document::parse(text).map_err(|fault| match purpose {
        Purpose::Trust => trust::syntax(&fault),
        Purpose::Identity | Purpose::Managed | Purpose::Resource => PolicyError::malformed(SYNTAX),
    })?;
    match purpose {
        Purpose::Trust => trust::check(&document)?,
        Purpose::Identity | Purpose::Managed | Purpose::Resource => check_permissions(&document, purpose)?,
    }
    Ok(document)
}

/// The checks of a policy that grants permissions, each over all statements before the next.
fn check_permissions(document: &Document, purpose: Purpose) -> Checked {
    let statements = &document.statements;
    let each = |check: fn(&Statement) -> Checked| statements.iter().try_for_each(check);
    each(check_effect)?;
    if purpose == Purpose::Managed && document.version < Version::V2012 {
        return Err(PolicyError::malformed("Policy document must be version 2012-10-17 or greater."));
    }
    match purpose {
        Purpose::Resource => each(check_principal_present)?,
        _ => each(check_principal_absent)?,
    }
    each(check_legacy)?;
    check_sids(statements)?;
    each(check_actions_present)?;
    each(check_resources_present)?;
    each(check_resources)?;
    each(check_actions)
}

fn check_effect(statement: &Statement) -> Checked {
    let known = |effect: &str| ["Allow", "Deny"].iter().any(|name| name.eq_ignore_ascii_case(effect));
    if statement.effect.as_deref().is_some_and(known) { Ok(()) } else { Err(PolicyError::malformed(SYNTAX)) }
}

fn check_principal_absent(statement: &Statement) -> Checked {
    match statement.principal {
        None => Ok(()),
        Some(_) => Err(PolicyError::malformed("Policy document should not specify a principal.")),
    }
}

fn check_principal_present(statement: &Statement) -> Checked {
    match statement.principal {
        Some(_) => Ok(()),
        None => Err(PolicyError::malformed("Missing required field Principal")),
    }
}

/// What an older reader behind the present one takes exception to: the case of the effect, dates, and
/// ARNs with parts that cannot be.
fn check_legacy(statement: &Statement) -> Checked {
    let effect_exact = matches!(statement.effect.as_deref(), Some("Allow" | "Deny"));
    let dates_readable = statement.conditions.iter().all(|condition| {
        !matches!(condition.operator.comparison, Comparison::Date(_))
            || condition.values.iter().all(|value| Instant::parse(value).is_some())
    });
    let resources_readable = resources(statement).all(resource::is_legacy);
    if effect_exact && dates_readable && resources_readable {
        Ok(())
    } else {
        Err(PolicyError::malformed(LEGACY))
    }
}

fn check_sids(statements: &[Statement]) -> Checked {
    let mut seen = HashSet::new();
    for sid in statements.iter().map(|statement| statement.sid.as_str()).filter(|sid| !sid.is_empty()) {
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(PolicyError::malformed(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression \
                 [0-9A-Za-z]*",
            ));
        }
        if !seen.insert(sid) {
            return Err(PolicyError::malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    Ok(())
}

fn check_actions_present(statement: &Statement) -> Checked {
    match actions(statement).next() {
        Some(_) => Ok(()),
        None => Err(PolicyError::malformed("Policy statement must contain actions.")),
    }
}

fn check_resources_present(statement: &Statement) -> Checked {
    match resources(statement).next() {
        Some(_) => Ok(()),
        None => Err(PolicyError::malformed("Policy statement must contain resources.")),
    }
}

fn check_resources(statement: &Statement) -> Checked {
    resources(statement).try_for_each(resource::check)
}

fn check_actions(statement: &Statement) -> Checked {
    actions(statement).try_for_each(check_action)
}

fn check_action(action: &str) -> Checked {
    let vendor = match action.split_once(':') {
        None if action == "*" => return Ok(()),
        None => {
            return Err(PolicyError::malformed(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ));
        }
        Some((_, name)) if name.contains(':') => {
            return Err(PolicyError::malformed("Actions/Condition can contain only one colon."));
        }
        Some((vendor, _)) => vendor,
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if vendor == "*" || (!vendor.is_empty() && vendor.bytes().all(letters)) {
        return Ok(());
    }
    Err(PolicyError::malformed(format!("Vendor {vendor} is not valid")))
}

fn actions(statement: &Statement) -> impl Iterator<Item = &str> {
    statement.action.iter().flat_map(|actions| &actions.value).map(String::as_str)
}

fn resources(statement: &Statement) -> impl Iterator<Item = &str> {
    statement.resource.iter().flat_map(|resources| &resources.value).map(String::as_str)
}
