//! GetSessionToken: a session of the caller itself, by which it can show an MFA code once for many requests.
//! Needs no permission, as nothing is to be had by it that the caller has not.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::{GetSessionTokenRequest, GetSessionTokenResponse};
use keystead_core::Arn;
use keystead_gate::session::{Claims, SessionKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_store::Tx;

use crate::session::{self, Terms};

/// GetSessionToken. Source: STS API reference, GetSessionToken.
pub struct GetSessionToken;

impl Operation for GetSessionToken {
    type Input = GetSessionTokenRequest;
    type Prepared = GetSessionTokenResponse;
    type Output = GetSessionTokenResponse;
    const NAME: &'static str = "GetSessionToken";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;
    const NEEDS_PERMISSION: bool = false;

    fn resource(_: &Context, _: &Self::Input) -> Result<Arn> {
        Ok(Arn::any())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<GetSessionTokenResponse> {
        if cx.session().is_some() {
            return Err(Fault::Refused(text::not_with_session(Self::NAME)));
        }
        let principal = cx.principal()?;
        let mfa_at =
            session::accept_given_code(cx, input.serial_number.as_deref(), input.token_code.as_deref())?;
        let lasts = session::lent_for(principal, input.duration_seconds);
        let terms = Terms { kind: SessionKind::Owner, principal: &principal.id.to_string(), lasts };
        let claims = Claims { mfa_at, ..session::claims(cx, terms) };
        let credentials = Some(session::issue(cx, cx.account(), claims)?);
        Ok(GetSessionTokenResponse { credentials, ..Default::default() })
    }

    fn commit(
        _: &mut Tx<'_>,
        _: &Context,
        made: &GetSessionTokenResponse,
    ) -> Result<GetSessionTokenResponse> {
        Ok(made.clone())
    }
}
