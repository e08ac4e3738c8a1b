//! GetWebIdentityToken: a token by which the caller proves to others who it is, signed by the issuer that its
//! account is. It is signed before the transaction, which only looks once more whether the issuer may.

use std::collections::HashSet;
use std::time::Duration;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::{GetWebIdentityTokenRequest, GetWebIdentityTokenResponse};
use keystead_core::{Arn, SecretString, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::issuer::{self, ALGORITHMS, TokenRequest};

/// GetWebIdentityToken. Source: STS API reference, GetWebIdentityToken.
pub struct GetWebIdentityToken;

const DURATION_SECONDS: i64 = 300;

impl Operation for GetWebIdentityToken {
    type Input = GetWebIdentityTokenRequest;
    type Prepared = GetWebIdentityTokenResponse;
    type Output = GetWebIdentityTokenResponse;
    const NAME: &'static str = "GetWebIdentityToken";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default()
            .with_many("sts:IdentityTokenAudience", input.audience.clone())
            .with("sts:SigningAlgorithm", input.signing_algorithm.as_str())
            .with("sts:DurationSeconds", input.duration_seconds.unwrap_or(DURATION_SECONDS).to_string())
            .with_request_tags(input.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<GetWebIdentityTokenResponse> {
        let algorithm = ALGORITHMS.into_iter().find(|known| *known == input.signing_algorithm);
        let algorithm = algorithm.ok_or_else(|| {
            Fault::ValidationError(text::not_in_set(
                "signingAlgorithm",
                &input.signing_algorithm,
                &ALGORITHMS,
            ))
        })?;
        let seconds = input.duration_seconds.unwrap_or(DURATION_SECONDS).unsigned_abs();
        let expires_at = cx.now.whole_second().plus(Duration::from_secs(seconds));
        if cx.session().is_some_and(|session| session.claims.expires_at < expires_at) {
            return Err(Fault::SessionDurationEscalation);
        }
        let tags: Vec<Tag> =
            input.tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect();
        let keys: HashSet<String> = tags.iter().map(Tag::folded_key).collect();
        if keys.len() < tags.len() {
            return Err(Fault::ValidationError(text::DUPLICATE_TAG_KEYS.to_owned()));
        }
        let request = TokenRequest { audience: input.audience, tags, algorithm, expires_at };
        Ok(GetWebIdentityTokenResponse {
            web_identity_token: Some(SecretString::new(issuer::sign_token(cx, &request)?)),
            expiration: Some(expires_at),
        })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        token: &GetWebIdentityTokenResponse,
    ) -> Result<GetWebIdentityTokenResponse> {
        issuer::enabled(tx, cx.account())?;
        Ok(token.clone())
    }
}
