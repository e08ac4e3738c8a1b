//! Trust policies: read, bound to whom they name, and shown.
//!
//! A user or role that is named by its ARN is meant for good: its unique id is kept, and whoever comes by the
//! name later is somebody else.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::percent_encode;
use keystead_core::role::TrustedId;
use keystead_core::{AccountId, Arn, Quota, Role, arn};
use keystead_gate::ring::{OwnerId, Principal, PrincipalKind};
use keystead_gate::{Context, trust};
use keystead_policy::{Policy, PolicyError, Purpose};

/// A trust policy that may be put into force, and whom its names mean today.
pub(crate) struct TrustPolicy {
    pub(crate) document: String,
    pub(crate) trusted_ids: Vec<TrustedId>,
}

impl TrustPolicy {
    /// From the document of a request.
    pub(crate) fn read(cx: &Context, document: String) -> Result<Self> {
        let chars_max = usize::try_from(cx.quota(Quota::TrustPolicySize)).unwrap_or(usize::MAX);
        Policy::compile("trust policy", &document, Purpose::Trust, chars_max).map_err(
            |error| match error {
                PolicyError::Malformed(text) => Fault::MalformedPolicyDocument(text),
                PolicyError::TooLong { .. } => cx.over_quota(Quota::TrustPolicySize),
            },
        )?;
        let mut trusted_ids = Vec::new();
        for name in trust::names(&document) {
            let id = match meaning(cx, &name) {
                Some(Meaning::Identity(principal)) => principal.id.to_string(),
                Some(Meaning::Other) => continue,
                None => return Err(Fault::MalformedPolicyDocument(text::principal_not_valid(&name))),
            };
            trusted_ids.push(TrustedId { arn: name, id });
        }
        Ok(Self { document, trusted_ids })
    }
}

/// Whom a name in a trust policy means.
enum Meaning {
    /// A user or role, and no other of its name.
    Identity(Arc<Principal>),
    /// Everybody, an account, or a session by its name.
    Other,
}

/// `None` where the name means nobody who is here.
fn meaning(cx: &Context, name: &str) -> Option<Meaning> {
    let is_account = |account: AccountId| cx.ring().find_principal(OwnerId::root(account)).is_some();
    if name == "*" || name.parse().is_ok_and(is_account) {
        return Some(Meaning::Other);
    }
    let Some(account) = arn::account_of(name) else {
        let found = cx.ring().find_principal(OwnerId::parse(name)?)?;
        let is_identity = matches!(found.kind, PrincipalKind::User | PrincipalKind::Role);
        return is_identity.then_some(Meaning::Identity(found));
    };
    let resource = name.splitn(6, ':').nth(5)?;
    let (kind, path) = resource.split_once('/').unwrap_or((resource, ""));
    let last = path.rsplit('/').next()?;
    let is_here = match kind {
        "root" => is_account(account) && name == Arn::root(account).as_str(),
        "user" | "role" => {
            let ring = cx.ring();
            let found =
                if kind == "user" { ring.find_user(account, last) } else { ring.find_role(account, last) };
            let is_it = |found: &Arc<Principal>| name == found.arn().as_str();
            return found.filter(is_it).map(Meaning::Identity);
        }
        "assumed-role" => cx.ring().find_role(account, path.split('/').next()?).is_some(),
        _ => is_account(account),
    };
    is_here.then_some(Meaning::Other)
}

/// A trust policy as it is shown: whoever was renamed goes by the new name, and whoever is gone by its id.
pub(crate) fn shown(cx: &Context, role: &Role) -> String {
    let renamed = trust::renamed(&role.trust_policy, |name| {
        let trusted = role.trusted_ids.iter().find(|trusted| trusted.arn == name)?;
        let found = OwnerId::parse(&trusted.id).and_then(|id| cx.ring().find_principal(id));
        Some(found.map_or_else(|| trusted.id.clone(), |principal| principal.arn().to_string()))
    });
    percent_encode(renamed.as_deref().unwrap_or(&role.trust_policy))
}
