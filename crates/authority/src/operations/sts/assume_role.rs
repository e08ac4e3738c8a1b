//! AssumeRole: credentials of a role for whoever its trust policy names.
//!
//! The role may be in any account of this installation. It is asked about with the policies of the caller and
//! with its own trust policy; what the request brings along, tags and a source identity, has to be allowed
//! besides. A role that does not exist is refused in the words of one that trusts somebody else.

use std::sync::Arc;
use std::time::Duration;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::{AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser};
use keystead_core::role::SESSION_SECONDS_DEFAULT;
use keystead_core::{AccountId, Arn, Timestamp, arn};
use keystead_gate::authorize::{self, ContextKeys};
use keystead_gate::ring::{Principal, RoleTerms};
use keystead_gate::session::{Claims, SessionKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_policy::{Outcome, ResourcePolicy};
use keystead_store::Tx;

use crate::session::{self, Limits, SessionTags, Terms};

/// AssumeRole. Source: STS API reference, AssumeRole.
pub struct AssumeRole;

/// How long a session that was asked for by a session of a role may last, in seconds.
const CHAINED_SECONDS_MAX: i64 = 3600;

impl Operation for AssumeRole {
    type Input = AssumeRoleRequest;
    type Prepared = AssumeRoleResponse;
    type Output = AssumeRoleResponse;
    const NAME: &'static str = "AssumeRole";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;
    // It asks by itself: the trust policy has to be asked too, after the MFA code was looked at.
    const NEEDS_PERMISSION: bool = false;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::written(&input.role_arn))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default()
            .with("sts:RoleSessionName", &input.role_session_name)
            .with_some("sts:ExternalId", input.external_id.as_deref())
            .with_some("sts:SourceIdentity", input.source_identity.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<AssumeRoleResponse> {
        let account = check_arn(&input.role_arn)?;
        let keys = Self::context_keys(cx, &input);
        let tags = SessionTags::read(input.tags, &input.transitive_tag_keys)?;
        let limits = Limits::read(input.policy, input.policy_arns)?;
        let packed_policy_size = limits.packed_size(&tags.0)?;
        if cx.principal()?.is_root() {
            return Err(Fault::Refused(text::ROOT_TAKES_ON_NO_ROLE.to_owned()));
        }
        let tags = tags.inherit(cx)?;
        let mfa_at =
            session::accept_given_code(cx, input.serial_number.as_deref(), input.token_code.as_deref())?;
        let asked = Asked {
            role_arn: Arn::written(input.role_arn),
            keys: keys.and(tags.context_keys()).and(keys_of_mfa(mfa_at)),
            tags: !tags.is_empty(),
            source_identity: input.source_identity,
        };
        let (role, terms) = asked.authorized(cx, account)?;
        limits.check_existence(cx, account)?;
        let seconds = check_duration(cx, input.duration_seconds, terms)?;
        let kind = SessionKind::Role { name: input.role_session_name };
        let lasts = Duration::from_secs(seconds.unsigned_abs());
        let handed_on = session::claims(cx, Terms { kind, principal: &role.id.to_string(), lasts });
        let claims = Claims {
            mfa_at: mfa_at.or(handed_on.mfa_at),
            policy: limits.policy,
            policy_arns: limits.policy_arns,
            tags: tags.0,
            source_identity: handed_on.source_identity.or(asked.source_identity),
            ..handed_on
        };
        respond(cx, &role, claims, packed_policy_size)
    }

    fn commit(_: &mut Tx<'_>, _: &Context, made: &AssumeRoleResponse) -> Result<AssumeRoleResponse> {
        Ok(made.clone())
    }
}

fn respond(
    cx: &Context,
    role: &Principal,
    claims: Claims,
    packed_policy_size: Option<i64>,
) -> Result<AssumeRoleResponse> {
    let SessionKind::Role { name } = &claims.kind else {
        return Err(Fault::internal("a session of a role is of that kind"));
    };
    Ok(AssumeRoleResponse {
        assumed_role_user: Some(AssumedRoleUser {
            assumed_role_id: format!("{}:{name}", role.id),
            arn: Arn::assumed_role(role.account, &role.name, name).to_string(),
        }),
        packed_policy_size,
        source_identity: claims.source_identity.clone(),
        credentials: Some(session::issue(cx, role.account, claims)?),
        ..Default::default()
    })
}

/// What the policies are asked.
struct Asked {
    role_arn: Arn,
    keys: ContextKeys,
    /// Whether the session will have tags.
    tags: bool,
    /// The source identity that the request sets.
    source_identity: Option<String>,
}

impl Asked {
    /// The role, where the caller may take it on with everything the request brings along.
    fn authorized(&self, cx: &Context, account: AccountId) -> Result<(Arc<Principal>, RoleTerms)> {
        let found = find(cx, account, &self.role_arn);
        let Some((role, terms)) = found else { return Err(self.refusal(cx, "sts:AssumeRole")) };
        self.check(cx, "sts:AssumeRole", &terms)?;
        if self.tags {
            self.check(cx, "sts:TagSession", &terms)?;
        }
        let former = cx.session().and_then(|session| session.claims.source_identity.as_ref());
        if self.source_identity.is_some() || former.is_some() {
            // What was said once stays: it tells who is behind the whole chain.
            if former.is_some() && self.source_identity.is_some() && former != self.source_identity.as_ref() {
                return Err(self.refusal(cx, "sts:SetSourceIdentity"));
            }
            self.check(cx, "sts:SetSourceIdentity", &terms)?;
        }
        Ok((role, terms))
    }

    fn check(&self, cx: &Context, action: &str, terms: &RoleTerms) -> Result<()> {
        let trust = ResourcePolicy::RoleTrust(&terms.trust);
        match authorize::ask(cx, action, &self.role_arn, &self.keys, Some(trust))? {
            Outcome::Allowed => Ok(()),
            _ => Err(self.refusal(cx, action)),
        }
    }

    /// AWS does not say here which policy it was.
    fn refusal(&self, cx: &Context, action: &str) -> Fault {
        Fault::AccessDenied {
            caller: cx.caller.arn().to_string(),
            action: action.to_owned(),
            resource: self.role_arn.to_string(),
            because: String::new(),
            // Nor what it says, which may be another account's.
            message: None,
        }
    }
}

/// The role of that ARN in an account, and its terms.
pub(super) fn find(cx: &Context, account: AccountId, role_arn: &Arn) -> Option<(Arc<Principal>, RoleTerms)> {
    let name = role_arn.as_str().rsplit('/').next().unwrap_or_default();
    let role = cx.ring().find_role(account, name)?;
    let is_there = role.arn() == *role_arn && cx.ring().is_account_open(account);
    is_there.then_some(())?;
    let terms = *role.role.clone()?;
    Some((role, terms))
}

/// The account of a role's ARN.
pub(super) fn check_arn(role_arn: &str) -> Result<AccountId> {
    let is_of_role = role_arn.starts_with("arn:aws:iam::") && role_arn.contains(":role/");
    arn::account_of(role_arn)
        .filter(|_| is_of_role)
        .ok_or_else(|| Fault::ValidationError(text::principal_arn_not_valid(role_arn)))
}

fn keys_of_mfa(used_at: Option<Timestamp>) -> ContextKeys {
    match used_at {
        Some(_) => ContextKeys::default()
            .with("aws:MultiFactorAuthPresent", "true")
            .with("aws:MultiFactorAuthAge", "0"),
        None => ContextKeys::default(),
    }
}

/// For how many seconds the session is good.
pub(super) fn check_duration(cx: &Context, wanted: Option<i64>, terms: RoleTerms) -> Result<i64> {
    let seconds = wanted.unwrap_or(SESSION_SECONDS_DEFAULT);
    let chained = cx.session().is_some_and(|session| matches!(session.claims.kind, SessionKind::Role { .. }));
    if chained && seconds > CHAINED_SECONDS_MAX {
        return Err(Fault::ValidationError(text::CHAINED_SESSION_TOO_LONG.to_owned()));
    }
    if seconds > terms.max_session_seconds {
        return Err(Fault::ValidationError(text::SESSION_TOO_LONG.to_owned()));
    }
    Ok(seconds)
}
