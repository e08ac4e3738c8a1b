//! InviteUser: asks an address to become a user of the account, with policies that the inviter could attach. The
//! letter holds a link that is good once and for six days; the owner of the account gets a copy without it.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Quota};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::invitations::{Invitation, InvitationState};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::invitation::{self, Drawn, Shown};

/// InviteUser.
pub struct InviteUser;

/// Whom, and to what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The address to invite; the new user gets it as contact address.
    pub email: String,
    /// Names of shipped roles, for example `observer`, or ARNs of managed policies.
    pub policies: Vec<String>,
    /// For how many days they are granted, 1 to 3650; for good where it is not said.
    pub temporary_days: Option<i64>,
}

const DAYS_MAX: i64 = 3650;

impl Operation for InviteUser {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "InviteUser";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(invitation::arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        invitation::check_address(&input.email)?;
        if input.temporary_days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            return Err(Fault::ValidationError(format!("`temporary_days` is 1 to {DAYS_MAX}.")));
        }
        let policies = invitation::policies(cx, input.policies)?;
        invitation::authorize(cx, &policies)?;
        let mut drawn = Invitation {
            account: cx.account(),
            id: invitation::draw_id(cx),
            email: input.email,
            policies,
            temporary_days: input.temporary_days,
            token_hash: Vec::new(),
            inviter_id: String::new(),
            inviter_arn: String::new(),
            state: InvitationState::Pending,
            created_at: cx.now,
            expires_at: cx.now,
        };
        let letter = invitation::renew(cx, &mut drawn)?;
        let copy = invitation::copy_to_owner(cx, &drawn)?;
        Ok(Drawn { invitation: drawn, letters: vec![letter, copy] })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        tx.lock_account(cx.account())?;
        tx.invitations().insert(&drawn.invitation)?;
        let open = tx.invitations().count_open(cx.account(), cx.now)?;
        cx.check_quota(Quota::Invitations, open)?;
        for letter in &drawn.letters {
            tx.letters().insert(letter)?;
        }
        Ok(invitation::shown(drawn.invitation.clone(), cx.now))
    }
}

impl RestOperation for InviteUser {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/invitations" };
}
