//! Trust policies: who may assume a role. Another reader at AWS, and other sentences: some recorded,
//! the others as its users report them.

use std::collections::HashSet;

use super::{Checked, PolicyError, SYNTAX};
use crate::document::{Document, PrincipalKind, Principals, Statement, SyntaxFault};
use crate::principal::is_account;

/// What can be done with a role, in lower case. No wildcard stands for them.
const ACTIONS: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

/// The sentence for a text that is no document.
pub(super) fn syntax(fault: &SyntaxFault) -> PolicyError {
    PolicyError::malformed(match fault {
        SyntaxFault::Json => "This policy contains invalid Json".to_owned(),
        SyntaxFault::Version => "The policy must contain a valid version string".to_owned(),
        SyntaxFault::NoStatement => "Could not parse the policy: Statement is empty!".to_owned(),
        SyntaxFault::PrincipalKind(kind) => format!("Invalid principal in policy: \"{kind}\""),
        SyntaxFault::Other => SYNTAX.to_owned(),
    })
}

/// Checks one statement after the other.
pub(super) fn check(document: &Document) -> Checked {
    let mut sids = HashSet::new();
    for statement in &document.statements {
        check_effect(statement)?;
        check_principal(statement)?;
        check_actions(statement)?;
        check_no_resource(statement)?;
        if !statement.sid.is_empty() && !sids.insert(&statement.sid) {
            return Err(PolicyError::malformed("The Statement Ids in the policy are not unique"));
        }
    }
    Ok(())
}

fn check_effect(statement: &Statement) -> Checked {
    match statement.effect.as_deref() {
        Some("Allow" | "Deny") => Ok(()),
        Some(effect) => Err(PolicyError::malformed(format!("Invalid effect: {effect}"))),
        None => Err(PolicyError::malformed("Missing required field Effect")),
    }
}

fn check_principal(statement: &Statement) -> Checked {
    let refused = |text: &str| Err(PolicyError::malformed(text));
    let Some(principal) = &statement.principal else { return refused("Missing required field Principal") };
    if principal.negated {
        return refused(match statement.effect.as_deref() {
            Some("Allow") => "Allow with NotPrincipal is not allowed.",
            _ => "AssumeRole policy must not contain NotPrincipal field.",
        });
    }
    match &principal.value {
        Principals::Bare(text) if text == "*" => Ok(()),
        Principals::Bare(_) => refused("Principal must be a JSON object."),
        Principals::ByKind(named) if named.is_empty() => {
            refused("Missing required field Principal cannot be empty!")
        }
        Principals::ByKind(named) => named.iter().try_for_each(|(kind, name)| check_named(*kind, name)),
    }
}

fn check_named(kind: PrincipalKind, name: &str) -> Checked {
    let (kind, possible) = match kind {
        PrincipalKind::Aws => ("AWS", name == "*" || is_identity(name)),
        PrincipalKind::Service => ("SERVICE", name.contains('.') && !name.contains(['*', '?'])),
        PrincipalKind::Federated => ("FEDERATED", !name.is_empty() && !name.contains(['*', '?'])),
        PrincipalKind::CanonicalUser => ("CANONICALUSER", false),
    };
    if possible {
        return Ok(());
    }
    Err(PolicyError::malformed(format!("Invalid principal in policy: \"{kind}\":\"{name}\"")))
}

/// An account, a unique id, or the ARN of somebody, without wildcards.
fn is_identity(name: &str) -> bool {
    let is_id =
        name.len() >= 16 && name.starts_with('A') && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut parts = name.splitn(6, ':');
    let arn = [parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()];
    let is_arn = match arn {
        [Some("arn"), Some(_), Some("iam" | "sts"), Some(""), Some(account), Some(resource)] => {
            let kinds = ["user/", "role/", "assumed-role/", "federated-user/"];
            is_account(account)
                && !resource.contains(['*', '?'])
                && (resource == "root" || kinds.iter().any(|kind| resource.starts_with(kind)))
        }
        _ => false,
    };
    is_account(name) || is_id || is_arn
}

fn check_actions(statement: &Statement) -> Checked {
    let actions = statement.action.iter().flat_map(|actions| &actions.value);
    if actions.clone().next().is_none() {
        return Err(PolicyError::malformed("Missing required field Action"));
    }
    let known = |action: &String| ACTIONS.contains(&action.to_ascii_lowercase().as_str());
    if actions.clone().all(known) {
        return Ok(());
    }
    Err(PolicyError::malformed("AssumeRole policy may only specify STS AssumeRole actions."))
}

fn check_no_resource(statement: &Statement) -> Checked {
    match &statement.resource {
        None => Ok(()),
        Some(resource) if resource.negated => {
            Err(PolicyError::malformed("AssumeRole policy must not contain resources."))
        }
        Some(_) => Err(PolicyError::malformed("Has prohibited field Resource")),
    }
}
