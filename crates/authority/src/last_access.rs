//! When principals were last seen at services, for reports and for what is shown of roles. What is still in
//! memory is taken together with what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam;
use keystead_core::arn;
use keystead_gate::Context;
use keystead_gate::ring::{OwnerId, Principal, PrincipalKind};
use keystead_policy::Policy;
use keystead_store::Tx;
use keystead_store::access_reports::AccessReport;
use keystead_store::accesses::Access;

use crate::grantee;

/// Keystead's own services, with their names.
const OWN_SERVICES: [(&str, &str); 3] = [
    ("iam", "AWS Identity and Access Management"),
    ("keystead", "Keystead"),
    ("sts", "AWS Security Token Service"),
];

/// What a report is about.
pub(crate) enum Subject {
    /// A user, group or role.
    Grantee(Arc<Principal>),
    /// A managed policy, by its ARN.
    Policy(String),
}

impl Subject {
    /// The subject of an ARN.
    pub(crate) fn find(cx: &Context, subject_arn: &str) -> Result<Self> {
        if !subject_arn.contains(":policy/") {
            return grantee::find_by_arn(cx, subject_arn).map(Self::Grantee);
        }
        let own = arn::account_of(subject_arn).is_none_or(|account| account == cx.account());
        if own && cx.ring().find_policy(subject_arn).is_some() {
            Ok(Self::Policy(subject_arn.to_owned()))
        } else {
            Err(Fault::NoSuchEntity(text::policy_not_found(subject_arn)))
        }
    }

    /// The users and roles that have what the subject grants.
    pub(crate) fn principals(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Vec<Arc<Principal>>> {
        let owners = match self {
            Self::Grantee(principal) => vec![principal.id.to_string()],
            Self::Policy(policy_arn) => tx.policy_attachments().list_owners(cx.account(), policy_arn)?,
        };
        let mut ids = BTreeSet::new();
        for owner in owners {
            let members = tx.groups().list_members(cx.account(), &owner, None, i64::MAX)?;
            ids.extend(members.into_iter().map(|member| member.id));
            ids.insert(owner);
        }
        let found = ids.iter().filter_map(|id| cx.ring().find_principal(OwnerId::parse(id)?));
        Ok(found.filter(|principal| principal.kind != PrincipalKind::Group).collect())
    }

    /// Whether its policies allow anything of a service.
    fn allows(&self, cx: &Context, service: &str) -> bool {
        let allows = |policy: &Arc<Policy>| policy.allows_some_action_of(service);
        match self {
            Self::Grantee(principal) => cx.ring().policies_of(principal).iter().any(allows),
            Self::Policy(policy_arn) => {
                cx.ring().find_policy(policy_arn).is_some_and(|found| allows(&found.policy))
            }
        }
    }
}

/// Whether accesses are those to services, or those of actions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Service,
    Action,
}

/// The last accesses of a principal.
fn accesses_of(tx: &mut Tx<'_>, cx: &Context, id: OwnerId, level: Level) -> Result<Vec<Access>> {
    let stored = match level {
        Level::Service => tx.accesses().list_services(cx.account(), &id.to_string())?,
        Level::Action => tx.accesses().list_actions(cx.account(), &id.to_string())?,
    };
    let fresh = cx.gate().accesses().of(id);
    let fresh = fresh.into_iter().filter(|access| access.action.is_some() == (level == Level::Action));
    let mut latest = BTreeMap::<(String, Option<String>), Access>::new();
    for access in stored.into_iter().chain(fresh) {
        let place = latest.entry((access.service.clone(), access.action.clone()));
        let kept = place.or_insert_with(|| access.clone());
        if kept.at < access.at {
            *kept = access;
        }
    }
    Ok(latest.into_values().collect())
}

/// When and in which region a role was last used; empty where it never was.
pub(crate) fn of_role(tx: &mut Tx<'_>, cx: &Context, role_id: &str) -> Result<iam::RoleLastUsed> {
    let Some(id) = OwnerId::parse(role_id) else { return Ok(iam::RoleLastUsed::default()) };
    let latest = accesses_of(tx, cx, id, Level::Service)?.into_iter().max_by_key(|access| access.at);
    Ok(latest.map_or_else(iam::RoleLastUsed::default, |access| iam::RoleLastUsed {
        last_used_date: Some(access.at),
        region: Some(access.region),
    }))
}

/// The report of an id, and what it is about.
pub(crate) fn report(tx: &mut Tx<'_>, cx: &Context, id: &str) -> Result<(AccessReport, Subject)> {
    let report = tx.access_reports().find(cx.account(), id)?;
    let report = report.ok_or_else(|| Fault::NoSuchEntity(text::job_not_found(id)))?;
    let subject = Subject::find(cx, &report.subject_arn)?;
    Ok((report, subject))
}

/// The services that a subject may use, by name, and who last used them.
pub(crate) fn services(
    tx: &mut Tx<'_>,
    cx: &Context,
    subject: &Subject,
    level: Level,
) -> Result<Vec<iam::ServiceLastAccessed>> {
    let principals = subject.principals(tx, cx)?;
    let (mut to_services, mut of_actions) = (Vec::new(), Vec::new());
    for principal in &principals {
        let id = principal.id;
        to_services.extend(accesses_of(tx, cx, id, Level::Service)?.into_iter().map(|a| (principal, a)));
        if level == Level::Action {
            of_actions.extend(accesses_of(tx, cx, id, Level::Action)?.into_iter().map(|a| (principal, a)));
        }
    }
    let verifiers = tx.verifiers().list(cx.account(), None, i64::MAX)?;
    let verified = verifiers.into_iter().flat_map(|verifier| verifier.services);
    let own = OWN_SERVICES.iter().map(|(service, _)| (*service).to_owned());
    let seen = to_services.iter().map(|(_, access)| access.service.clone());
    let known: BTreeSet<String> = own.chain(verified).chain(seen).collect();
    let allowed = known.into_iter().filter(|service| subject.allows(cx, service));
    Ok(allowed.map(|service| shown(service, &to_services, &of_actions)).collect())
}

type Seen<'p> = (&'p Arc<Principal>, Access);

fn shown(service: String, to_services: &[Seen<'_>], of_actions: &[Seen<'_>]) -> iam::ServiceLastAccessed {
    let seen: Vec<&Seen<'_>> = to_services.iter().filter(|(_, access)| access.service == service).collect();
    let last = seen.iter().max_by_key(|(_, access)| access.at);
    let mut actions = BTreeMap::<&str, &Seen<'_>>::new();
    for seen in of_actions.iter().filter(|(_, access)| access.service == service) {
        let place = actions.entry(seen.1.action.as_deref().unwrap_or_default()).or_insert(seen);
        if place.1.at < seen.1.at {
            *place = seen;
        }
    }
    iam::ServiceLastAccessed {
        service_name: name_of(&service).to_owned(),
        last_authenticated: last.map(|(_, access)| access.at),
        last_authenticated_entity: last.map(|(principal, _)| principal.arn().to_string()),
        last_authenticated_region: last.map(|(_, access)| access.region.clone()),
        total_authenticated_entities: Some(seen.len().try_into().unwrap_or(i64::MAX)),
        tracked_actions_last_accessed: actions.into_iter().map(|(name, seen)| action(name, seen)).collect(),
        service_namespace: service,
    }
}

fn action(name: &str, (principal, access): &Seen<'_>) -> iam::TrackedActionLastAccessed {
    iam::TrackedActionLastAccessed {
        action_name: Some(name.to_owned()),
        last_accessed_entity: Some(principal.arn().to_string()),
        last_accessed_time: Some(access.at),
        last_accessed_region: Some(access.region.clone()),
    }
}

/// AWS's name of a service; of those that verifiers speak for only their own is known.
fn name_of(service: &str) -> &str {
    let own = OWN_SERVICES.iter().find(|(namespace, _)| *namespace == service);
    own.map_or(service, |(_, name)| name)
}

/// The users and roles of a subject, and when each was last at a service.
pub(crate) fn entities(
    tx: &mut Tx<'_>,
    cx: &Context,
    subject: &Subject,
    service: &str,
) -> Result<Vec<iam::EntityDetails>> {
    let principals = subject.principals(tx, cx)?;
    let detail = |principal: Arc<Principal>| {
        let accesses = accesses_of(tx, cx, principal.id, Level::Service)?;
        let kind = if principal.kind == PrincipalKind::Role { "ROLE" } else { "USER" };
        Ok(iam::EntityDetails {
            entity_info: iam::EntityInfo {
                arn: principal.arn().to_string(),
                name: principal.name.to_string(),
                r#type: kind.to_owned(),
                id: principal.id.to_string(),
                path: Some(principal.path.to_string()),
            },
            last_authenticated: accesses.iter().find(|access| access.service == service).map(|a| a.at),
        })
    };
    principals.into_iter().map(detail).collect()
}
