//! GetInvitation: what an invitation is to, for whoever brings its token and may accept it.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::invitations::Invitation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::invitation;

/// GetInvitation.
pub struct GetInvitation;

/// Which. There is no `Debug`: a token is among it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The token in the letter.
    pub token: String,
}

/// The invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The number of the account.
    pub account_id: String,
    /// Its name.
    pub account_name: String,
    /// The address that was invited.
    pub email: String,
    /// Who invited.
    pub invited_by: String,
    /// ARNs of the policies that the new user gets.
    pub policies: Vec<String>,
    /// For how many days; absent where for good.
    pub temporary_days: Option<i64>,
    /// Until when it can be accepted.
    pub expires_at: String,
}

impl Operation for GetInvitation {
    type Input = Input;
    type Prepared = Invitation;
    type Output = Output;
    const NAME: &'static str = "GetInvitation";
    const KIND: Kind = Kind::Read;
    const NEEDS_PERMISSION: bool = false;
    const WAITS: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(invitation::arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Invitation> {
        invitation::find_open(cx, input.token)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, found: &Invitation) -> Result<Output> {
        Ok(Output {
            account_id: cx.account().to_string(),
            account_name: invitation::account(tx, cx)?.name,
            email: found.email.clone(),
            invited_by: found.inviter_arn.clone(),
            policies: found.policies.clone(),
            temporary_days: found.temporary_days,
            expires_at: found.expires_at.to_iso8601(),
        })
    }
}

impl RestOperation for GetInvitation {
    // Not a GET: what is in an address is in logs.
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/invitation" };
    const AUDIENCE: Audience = Audience::Bearers;
}
