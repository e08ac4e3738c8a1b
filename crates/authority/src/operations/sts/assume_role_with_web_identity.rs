//! AssumeRoleWithWebIdentity: credentials of a role for whoever a trusted issuer vouches for.
//!
//! Nobody signs such a request: the token proves it. Only the role's trust policy is asked, about the provider
//! that the account has for the issuer, and only once the token has proved genuine.

use std::time::Duration;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::{
    AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse, AssumedRoleUser, Tag,
};
use keystead_core::{AccountId, Arn, OidcProvider};
use keystead_gate::authorize::{self, ContextKeys};
use keystead_gate::ring::RoleTerms;
use keystead_gate::session::{Claims as SessionClaims, SessionKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_policy::{PolicySet, Principal, Request, ResourcePolicy, evaluate};
use keystead_store::Tx;

use super::assume_role::{check_arn, check_duration, find};
use crate::oidc::{Claims, Expected, Token, keys};
use crate::session::{self, Limits, SessionTags};

/// AssumeRoleWithWebIdentity. Source: STS API reference, AssumeRoleWithWebIdentity.
pub struct AssumeRoleWithWebIdentity;

impl Operation for AssumeRoleWithWebIdentity {
    type Input = AssumeRoleWithWebIdentityRequest;
    type Prepared = AssumeRoleWithWebIdentityResponse;
    type Output = AssumeRoleWithWebIdentityResponse;
    const NAME: &'static str = "AssumeRoleWithWebIdentity";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;
    // It asks by itself, in the name of whoever the token is about.
    const NEEDS_PERMISSION: bool = false;
    const TAKES_STRANGERS: bool = true;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::written(&input.role_arn))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<AssumeRoleWithWebIdentityResponse> {
        let account = check_arn(&input.role_arn)?;
        if input.provider_id.is_some() {
            return Err(Fault::ValidationError(text::PROVIDER_ID_NOT_TAKEN.to_owned()));
        }
        let limits = Limits::read(input.policy, input.policy_arns)?;
        let vouched = Vouched::read(cx, account, input.web_identity_token.expose())?;
        let tags = vouched.tags()?;
        let packed_policy_size = limits.packed_size(&tags.0)?;
        let role_arn = Arn::written(input.role_arn);
        let refused = || Fault::Refused(text::WEB_IDENTITY_REFUSED.to_owned());
        let (role, terms) = find(cx, account, &role_arn).ok_or_else(refused)?;
        let keys = vouched.context_keys().with("sts:RoleSessionName", &input.role_session_name);
        let may = |action| vouched.may(cx, action, &role_arn, &keys.clone().and(tags.context_keys()), &terms);
        let allowed = may("sts:AssumeRoleWithWebIdentity")
            && (tags.is_empty() || may("sts:TagSession"))
            && (vouched.claims.source_identity.is_none() || may("sts:SetSourceIdentity"));
        if !allowed {
            return Err(refused());
        }
        limits.check_existence(cx, account)?;
        let seconds = check_duration(cx, input.duration_seconds, terms)?.unsigned_abs();
        let user = AssumedRoleUser {
            assumed_role_id: format!("{}:{}", role.id, input.role_session_name),
            arn: Arn::assumed_role(account, &role.name, &input.role_session_name).to_string(),
        };
        let claims = SessionClaims {
            kind: SessionKind::Role { name: input.role_session_name },
            principal: role.id.to_string(),
            parents: Vec::new(),
            issued_at: cx.now,
            expires_at: cx.now.plus(Duration::from_secs(seconds)),
            mfa_at: None,
            policy: limits.policy,
            policy_arns: limits.policy_arns,
            tags: tags.0,
            source_identity: vouched.claims.source_identity.clone(),
            federation: vouched.federation(),
        };
        Ok(AssumeRoleWithWebIdentityResponse {
            credentials: Some(session::issue(cx, account, claims)?),
            assumed_role_user: Some(user),
            packed_policy_size,
            subject_from_web_identity_token: Some(vouched.claims.subject),
            audience: Some(vouched.claims.audience),
            provider: Some(vouched.issuer),
            source_identity: vouched.claims.source_identity,
            ..Default::default()
        })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        made: &AssumeRoleWithWebIdentityResponse,
    ) -> Result<AssumeRoleWithWebIdentityResponse> {
        Ok(made.clone())
    }
}

/// Somebody whom an issuer vouches for that the account trusts.
struct Vouched {
    provider: OidcProvider,
    issuer: String,
    claims: Claims,
}

impl Vouched {
    /// Whoever a token is about, where it is genuine and for here.
    fn read(cx: &Context, account: AccountId, text: &str) -> Result<Self> {
        let token = Token::read(text)?;
        let issuer = token.issuer.clone();
        let url = issuer.strip_prefix("https://").unwrap_or_default();
        let (provider, pinned) = cx.gate().store().read(|tx| {
            let provider = tx.oidc_providers().find(account, url)?;
            Ok::<_, Fault>((provider, tx.oidc_providers().find_pinned_keys(account, url)?))
        })?;
        let unknown = || Fault::InvalidIdentityToken(text::issuer_not_trusted(&issuer));
        let provider = provider.ok_or_else(unknown)?;
        let keys = keys::find(cx, &issuer, pinned.as_deref(), &token)?;
        let expected = Expected { issuer: &issuer, client_ids: &provider.client_ids, now: cx.now };
        let claims = token.verify(&keys, &expected)?;
        Ok(Self { provider, issuer, claims })
    }

    /// The tags that the token has for the session.
    fn tags(&self) -> Result<SessionTags> {
        let tags = self.claims.tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
        SessionTags::read(tags.collect(), &self.claims.transitive_tag_keys)
            .map_err(|fault| Fault::InvalidIdentityToken(fault.wire().message.unwrap_or_default()))
    }

    /// What the issuer said, as policies know it, now and throughout the session.
    fn federation(&self) -> Vec<(String, String)> {
        let of_issuer = |name: &str, value: &str| (format!("{}:{name}", self.provider.url), value.to_owned());
        vec![
            of_issuer("sub", &self.claims.subject),
            of_issuer("aud", &self.claims.audience),
            ("aws:FederatedProvider".to_owned(), self.provider.arn().to_string()),
        ]
    }

    fn context_keys(&self) -> ContextKeys {
        let told = self.federation().into_iter().fold(ContextKeys::default(), |told, (k, v)| told.with(k, v));
        let told = told.with_some("sts:SourceIdentity", self.claims.source_identity.as_deref());
        if self.claims.methods.is_empty() {
            return told;
        }
        told.with_many(format!("{}:amr", self.provider.url), self.claims.methods.clone())
    }

    /// Whether the role's trust policy lets whoever this is do that.
    fn may(&self, cx: &Context, action: &str, role: &Arn, keys: &ContextKeys, terms: &RoleTerms) -> bool {
        let provider = self.provider.arn();
        let trust =
            PolicySet { resource: Some(ResourcePolicy::RoleTrust(&terms.trust)), ..Default::default() };
        let told =
            authorize::keys_of_request(cx).and(authorize::keys_of_resource(cx, role)).and(keys.clone());
        told.borrowed(|context| {
            let who = Principal::Federated(provider.as_str());
            evaluate(&Request::new(who, action, role.as_str(), context), &trust).is_allowed()
        })
    }
}
