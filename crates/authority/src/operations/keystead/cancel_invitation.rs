//! CancelInvitation: takes back an invitation that was not accepted yet. Its link is dead when this returns.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::invitations::InvitationState;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::invitation::{self, Shown};

/// CancelInvitation.
pub struct CancelInvitation;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub invitation_id: String,
}

impl Operation for CancelInvitation {
    type Input = Input;
    type Prepared = Input;
    type Output = Shown;
    const NAME: &'static str = "CancelInvitation";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(invitation::arn(cx.account(), &input.invitation_id))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Shown> {
        let mut found = invitation::get(tx, cx, &input.invitation_id)?;
        if !tx.invitations().end(cx.account(), &found.id, InvitationState::Cancelled, None)? {
            return Err(invitation::not_pending(&found.id));
        }
        found.state = InvitationState::Cancelled;
        Ok(invitation::shown(found, cx.now))
    }
}

impl RestOperation for CancelInvitation {
    const ROUTE: Route = Route { method: "DELETE", path: "/api/v1/invitations/{invitation_id}" };
}
