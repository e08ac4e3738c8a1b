//! ResendInvitation: a new letter, good for six days from now; the link in the one before is dead when this returns.
//! Whoever sends it again becomes the inviter, and has to be able to grant what it grants.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::invitation::{self, Drawn, Shown};

/// ResendInvitation.
pub struct ResendInvitation;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its id.
    pub invitation_id: String,
}

impl Operation for ResendInvitation {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "ResendInvitation";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(invitation::arn(cx.account(), &input.invitation_id))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let find = |tx: &mut Tx<'_>| invitation::get(tx, cx, &input.invitation_id);
        let mut found = cx.gate().store().read::<_, Fault>(find)?;
        invitation::authorize(cx, &found.policies)?;
        let letter = invitation::renew(cx, &mut found)?;
        Ok(Drawn { invitation: found, letters: vec![letter] })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        if !tx.invitations().renew(&drawn.invitation)? {
            return Err(invitation::not_pending(&drawn.invitation.id));
        }
        for letter in &drawn.letters {
            tx.letters().insert(letter)?;
        }
        Ok(invitation::shown(drawn.invitation.clone(), cx.now))
    }
}

impl RestOperation for ResendInvitation {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/invitations/{invitation_id}/resend" };
}
