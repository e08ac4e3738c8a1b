//! GetFederationToken: what a user lends somebody else, under a name. The session may do what both the user's
//! policies and those given here allow, and nothing where none is given.

use keystead_aws::error::Result;
use keystead_aws::model::sts::{FederatedUser, GetFederationTokenRequest, GetFederationTokenResponse};
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::session::{Claims, SessionKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::session::{self, Limits, SessionTags, Terms};

/// GetFederationToken. Source: STS API reference, GetFederationToken.
pub struct GetFederationToken;

impl Operation for GetFederationToken {
    type Input = GetFederationTokenRequest;
    type Prepared = GetFederationTokenResponse;
    type Output = GetFederationTokenResponse;
    const NAME: &'static str = "GetFederationToken";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::federated_user(cx.account(), &input.name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        let tags = input.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()));
        ContextKeys::default().with_request_tags(tags)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<GetFederationTokenResponse> {
        let arn = Self::resource(cx, &input)?;
        let keys = Self::context_keys(cx, &input);
        let tags = SessionTags::read(input.tags, &[])?;
        if !tags.is_empty() {
            cx.authorize("sts:TagSession", &arn, &keys)?;
        }
        let limits = Limits::read(input.policy, input.policy_arns)?;
        limits.check_existence(cx, cx.account())?;
        let packed_policy_size = limits.packed_size(&tags.0)?;
        let principal = cx.principal()?;
        let federated_user_id = format!("{}:{}", cx.account(), input.name);
        let lasts = session::lent_for(principal, input.duration_seconds);
        let kind = SessionKind::Federated { name: input.name };
        let claims = Claims {
            policy: limits.policy,
            policy_arns: limits.policy_arns,
            tags: tags.0,
            ..session::claims(cx, Terms { kind, principal: &principal.id.to_string(), lasts })
        };
        Ok(GetFederationTokenResponse {
            credentials: Some(session::issue(cx, cx.account(), claims)?),
            federated_user: Some(FederatedUser { federated_user_id, arn: arn.to_string() }),
            packed_policy_size,
            ..Default::default()
        })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        made: &GetFederationTokenResponse,
    ) -> Result<GetFederationTokenResponse> {
        Ok(made.clone())
    }
}
