//! May they: one question for every operation, put to the policies of whoever asks.

use std::borrow::Cow;
use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::{Arn, Tag, Timestamp, arn};
use keystead_policy as policy;
use keystead_policy::{Decision, Outcome, PolicySet, Request, ResourcePolicy};
use keystead_store::Tx;
use smallvec::SmallVec;

use crate::authenticate::{Identity, credential_arn, workload_arn};
use crate::context::Context;
use crate::denial;
use crate::ring::{Held, Principal, PrincipalKind};
use crate::session::{Session, SessionKind};

/// The managed policy that allows everything.
pub const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// What the ARNs of the managed policies that every account has begin with.
pub const SHIPPED_POLICIES: &str = "arn:aws:iam::aws:policy/";

/// Context keys and their values.
#[derive(Clone, Debug, Default)]
pub struct ContextKeys(Vec<(Cow<'static, str>, Vec<String>)>);

impl ContextKeys {
    /// With a key of one value.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.0.push((key.into(), vec![value.into()]));
        self
    }

    /// With a key of one value, where there is one.
    #[must_use]
    pub fn with_some(self, key: impl Into<Cow<'static, str>>, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// With a key of any number of values.
    #[must_use]
    pub fn with_many(mut self, key: impl Into<Cow<'static, str>>, values: Vec<String>) -> Self {
        self.0.push((key.into(), values));
        self
    }

    /// With the tags that a request brings: `aws:RequestTag/…` and `aws:TagKeys`.
    #[must_use]
    pub fn with_request_tags<'t>(self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut keys = Vec::new();
        let told = tags.into_iter().fold(self, |told, (key, value)| {
            keys.push(key.to_owned());
            told.with(format!("aws:RequestTag/{key}"), value)
        });
        if keys.is_empty() { told } else { told.with_many("aws:TagKeys", keys) }
    }

    /// With all of these too.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The keys and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (&**key, &**values))
    }

    /// Puts a question about these to `ask`.
    pub fn borrowed<T>(&self, ask: impl FnOnce(&policy::Context<'_>) -> T) -> T {
        let values: Vec<SmallVec<[&str; 2]>> =
            self.0.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
        let context = self
            .0
            .iter()
            .zip(&values)
            .fold(policy::Context::new(), |context, ((key, _), values)| context.with_many(key, values));
        ask(&context)
    }
}

/// Whether the caller may do `action` (for example `iam:CreateUser`) to `resource`.
///
/// A root user may do everything its session does not leave out; others what their policies allow, and a consumer
/// exactly what is addressed to consumers, about its own credential.
pub fn authorize(cx: &Context, action: &str, resource: &Arn, keys: &ContextKeys) -> Result<()> {
    let outcome = ask(cx, action, resource, keys, None)?;
    match outcome.refusal(action) {
        None => Ok(()),
        Some(because) => Err(Fault::AccessDenied {
            caller: cx.caller.arn().to_string(),
            action: action.to_owned(),
            resource: resource.to_string(),
            because,
            message: explain(cx, action, resource, keys).map(String::into_boxed_str),
        }),
    }
}

/// What the denial of a question rests on, sealed.
fn explain(cx: &Context, action: &str, resource: &Arn, keys: &ContextKeys) -> Option<String> {
    let Identity::Key { principal, session, .. } = &cx.caller.identity else { return None };
    let question =
        Question { principal, session: session.as_ref(), action, resource, keys, of_resource: None };
    question.put(cx, |decision, told| denial::encode(cx, &question, decision, told))
}

/// The same question, put to the policy of the resource as well, where it has one. What it is answered is for
/// the caller of this to act on.
pub fn ask(
    cx: &Context,
    action: &str,
    resource: &Arn,
    keys: &ContextKeys,
    of_resource: Option<ResourcePolicy<'_>>,
) -> Result<Outcome> {
    check_session(cx, action)?;
    match &cx.caller.identity {
        Identity::Key { principal, session, .. } => {
            Ok(decide(cx, principal, session.as_ref(), action, resource, keys, of_resource))
        }
        Identity::Consumer { credential_id, .. } => {
            let own = *resource == credential_arn(cx.account(), credential_id);
            Ok(if own { Outcome::Allowed } else { Outcome::ImplicitlyDenied(policy::PolicyType::Identity) })
        }
        Identity::Workload { name, .. } => {
            let own = *resource == workload_arn(cx.account(), name);
            Ok(if own { Outcome::Allowed } else { Outcome::ImplicitlyDenied(policy::PolicyType::Identity) })
        }
        Identity::Stranger => Err(Fault::MissingAuthenticationToken),
    }
}

/// What AWS keeps from sessions whatever their policies say.
/// Source: IAM user guide, "Compare AWS STS credentials".
pub fn check_session(cx: &Context, action: &str) -> Result<()> {
    let Some(session) = cx.session() else { return Ok(()) };
    let (service, operation) = action.split_once(':').unwrap_or((action, ""));
    let allowed = match &session.claims.kind {
        SessionKind::Role { .. } | SessionKind::Root => {
            !matches!(operation, "GetSessionToken" | "GetFederationToken") || service != "sts"
        }
        // What AssumeRole brings along is part of it.
        SessionKind::Owner if service == "sts" => {
            matches!(operation, "AssumeRole" | "TagSession" | "SetSourceIdentity" | "SetContext")
        }
        SessionKind::Owner => {
            service != "iam" || cx.principal()?.is_root() || session.claims.mfa_at.is_some()
        }
        SessionKind::Federated { .. } => !matches!(service, "iam" | "sts"),
        SessionKind::Console => true,
    };
    match service {
        _ if allowed => Ok(()),
        "sts" => Err(Fault::Refused(text::not_with_session(operation))),
        _ => Err(Fault::InvalidClientTokenId),
    }
}

/// What all policies that apply say to whether `principal`, in `session`, may do `action` to `resource`.
pub fn decide(
    cx: &Context,
    principal: &Principal,
    session: Option<&Arc<Session>>,
    action: &str,
    resource: &Arn,
    keys: &ContextKeys,
    of_resource: Option<ResourcePolicy<'_>>,
) -> Outcome {
    let question = Question { principal, session, action, resource, keys, of_resource };
    question.put(cx, |decision, _| decision.outcome)
}

/// Whether `principal`, in `session`, may do `action` to `resource`.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q> {
    pub(crate) principal: &'q Principal,
    pub(crate) session: Option<&'q Arc<Session>>,
    pub(crate) action: &'q str,
    pub(crate) resource: &'q Arn,
    pub(crate) keys: &'q ContextKeys,
    pub(crate) of_resource: Option<ResourcePolicy<'q>>,
}

impl Question<'_> {
    /// Puts it to all policies that apply, and hands the decision and what they were told to `read`.
    fn put<T>(&self, cx: &Context, read: impl FnOnce(&Decision<'_>, &ContextKeys) -> T) -> T {
        let Self { principal, session, action, resource, keys, of_resource } = *self;
        let ring = cx.ring();
        let limits = session.and_then(|session| session.limits(ring));
        let task = session.map(|session| session.task()).unwrap_or_default();
        if principal.is_root() && limits.is_none() && task.is_empty() && of_resource.is_none() {
            let allowed = Decision { outcome: Outcome::Allowed, reasons: SmallVec::new() };
            return read(&allowed, &ContextKeys::default());
        }
        let identity = if principal.is_root() {
            ring.hold_policies([ADMINISTRATOR_ACCESS].into_iter().chain(task.iter().map(String::as_str)))
        } else {
            ring.policies_of(principal)
        };
        let boundary = ring.boundary_of(principal);
        let limits: Option<SmallVec<[&policy::Policy; 4]>> =
            limits.as_ref().map(|limits: &Held| limits.iter().map(|policy| &**policy).collect());
        let identity: SmallVec<[&policy::Policy; 8]> = identity.iter().map(|policy| &**policy).collect();
        let set = PolicySet {
            identity: &identity,
            boundary: boundary.as_deref(),
            session: limits.as_deref(),
            resource: of_resource,
        };
        let told = keys_of_request(cx)
            .and(keys_of_principal(principal, session, cx.now))
            .and(keys_of_resource(cx, resource))
            .and(keys.clone());
        let own_account = principal.account.to_string();
        told.borrowed(|context| {
            asking(principal, session, |who| {
                let request = Request::new(who, action, resource.as_str(), context);
                // The managed policies that every account has are in none of them.
                let is_shipped = resource.as_str().starts_with(SHIPPED_POLICIES);
                let request = if is_shipped { request.owned_by(&own_account) } else { request };
                read(&policy::evaluate(&request, &set), &told)
            })
        })
    }
}

/// Puts a question in the name of a principal, as policies of resources know it.
pub fn asking<T>(
    principal: &Principal,
    session: Option<&Arc<Session>>,
    ask: impl FnOnce(policy::Principal<'_>) -> T,
) -> T {
    let (own, id) = (principal.arn(), principal.id.to_string());
    let arn = session.map_or_else(|| own.clone(), |session| session.arn(principal));
    let kind = session.map(|session| &session.claims.kind);
    ask(match (principal.kind, kind) {
        (PrincipalKind::Root, _) => policy::Principal::Root { account: &id },
        (PrincipalKind::Role, _) => {
            policy::Principal::RoleSession { arn: arn.as_str(), role_arn: own.as_str(), role_id: &id }
        }
        (_, Some(SessionKind::Federated { .. })) => {
            policy::Principal::FederatedUser { arn: arn.as_str(), user_arn: own.as_str() }
        }
        _ => policy::Principal::User { arn: own.as_str(), id: &id },
    })
}

/// What is known of every request, whoever makes it.
pub fn keys_of_request(cx: &Context) -> ContextKeys {
    let caller = &cx.caller;
    let keys = ContextKeys::default()
        .with("aws:CurrentTime", cx.now.to_iso8601())
        .with("aws:EpochTime", cx.now.secs().to_string())
        .with("aws:SecureTransport", caller.secure.to_string())
        .with("aws:SourceIp", &*caller.source)
        .with("aws:UserAgent", &*caller.user_agent)
        .with("aws:ViaAWSService", "false");
    match &caller.identity {
        Identity::Key { region, .. } => keys.with("aws:RequestedRegion", &**region),
        Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => keys,
    }
}

/// What is known of whoever asks. Source: IAM User Guide, "AWS global condition context keys".
pub fn keys_of_principal(
    principal: &Principal,
    session: Option<&Arc<Session>>,
    now: Timestamp,
) -> ContextKeys {
    let claims = session.map(|session| &session.claims);
    let kind = match (principal.kind, claims.map(|claims| &claims.kind)) {
        (PrincipalKind::Root, _) => "Account",
        (PrincipalKind::Role, _) => "AssumedRole",
        (_, Some(SessionKind::Federated { .. })) => "FederatedUser",
        _ => "User",
    };
    let of_session = |arn: fn(&Session, &Principal) -> String, own: String| {
        session.map_or(own, |session| arn(session, principal))
    };
    // A role is known by its own ARN, whoever acts in it.
    let arn = match principal.kind {
        PrincipalKind::Role => principal.arn().to_string(),
        _ => of_session(|session, principal| session.arn(principal).to_string(), principal.arn().to_string()),
    };
    let mut keys = ContextKeys::default()
        .with("aws:PrincipalAccount", principal.account.to_string())
        .with("aws:PrincipalArn", arn)
        .with("aws:PrincipalIsAWSService", "false")
        .with("aws:PrincipalType", kind)
        .with("aws:userid", of_session(Session::user_id, principal.id.to_string()));
    if kind == "User" {
        keys = keys.with("aws:username", &*principal.name);
    }
    // A tag of the session takes the place of the principal's of that key: the last one given counts.
    for Tag { key, value } in &*principal.tags {
        keys = keys.with(format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    let Some(claims) = claims else { return keys };
    for tag in &claims.tags {
        keys = keys.with(format!("aws:PrincipalTag/{}", tag.key), tag.value.as_str());
    }
    for (key, value) in &claims.federation {
        keys = keys.with(key.clone(), value.as_str());
    }
    if claims.kind == SessionKind::Root {
        keys = keys.with("aws:AssumedRoot", "true");
    }
    if let Some(mfa_at) = claims.mfa_at {
        let age = now.since(mfa_at).as_secs();
        keys = keys.with("aws:MultiFactorAuthAge", age.to_string());
    }
    keys.with("aws:MultiFactorAuthPresent", claims.mfa_at.is_some().to_string())
        .with("aws:TokenIssueTime", claims.issued_at.to_iso8601())
        .with_some("aws:SourceIdentity", claims.source_identity.as_deref())
}

/// What is known of what is asked for: its account, and the tags of users, roles, managed policies and identity
/// providers.
pub fn keys_of_resource(cx: &Context, resource: &Arn) -> ContextKeys {
    let Some(account) = arn::account_of(resource.as_str()) else { return ContextKeys::default() };
    let keys = ContextKeys::default().with("aws:ResourceAccount", account.to_string());
    let (kind, path) =
        resource.as_str().splitn(6, ':').nth(5).and_then(|r| r.split_once('/')).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let tags = match kind {
        "user" => cx.ring().find_user(account, name).map(|user| Arc::clone(&user.tags)),
        "role" => cx.ring().find_role(account, name).map(|role| Arc::clone(&role.tags)),
        "policy" => cx.ring().find_policy(resource.as_str()).map(|found| found.tags),
        // A store that cannot be read now will not do what is asked either.
        "oidc-provider" | "saml-provider" => {
            let tags = |tx: &mut Tx<'_>| tx.tags().list(account, resource.as_str(), None, i64::MAX);
            cx.gate().store().read(tags).ok().map(Arc::from)
        }
        _ => None,
    };
    let tags = tags.unwrap_or_default();
    tags.iter().fold(keys, |keys, Tag { key, value }| {
        let keys = keys.with(format!("aws:ResourceTag/{key}"), value.as_str());
        if matches!(kind, "user" | "role") {
            keys.with(format!("iam:ResourceTag/{key}"), value.as_str())
        } else {
            keys
        }
    })
}
