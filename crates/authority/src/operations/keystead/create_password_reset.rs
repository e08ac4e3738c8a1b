//! CreatePasswordReset: an administrator makes a link by which a user sets a password of its own, so that the
//! administrator never knows one. It is good once, for a day.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result, text};
use keystead_core::Arn;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::password::Present;
use crate::password_reset::{self, BY_HAND, DrawnReset};

/// CreatePasswordReset.
pub struct CreatePasswordReset;

/// Whose password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The user's name.
    pub user_name: String,
}

/// The link. There is no `Debug`: it is a secret.
#[derive(Serialize, ToSchema)]
pub struct Output {
    /// The user.
    pub user_name: String,
    /// Where the user sets a password. Shown once.
    pub link: String,
    /// Until when the link is good.
    pub expires_at: String,
}

fn user(cx: &Context, name: &str) -> Result<Arc<Principal>> {
    cx.ring().find_user(cx.account(), name).ok_or_else(|| Fault::NoSuchEntity(text::user_not_found(name)))
}

impl Operation for CreatePasswordReset {
    type Input = Input;
    type Prepared = DrawnReset;
    type Output = Output;
    const NAME: &'static str = "CreatePasswordReset";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(cx.ring().find_user(cx.account(), &input.user_name).map_or_else(Arn::any, |user| user.arn()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<DrawnReset> {
        let user = user(cx, &input.user_name)?;
        // Whoever makes a link could set the password too.
        cx.authorize("iam:UpdateLoginProfile", &user.arn(), &ContextKeys::default())?;
        Present::of(cx, &user)?.profile()?;
        let made_by = cx.caller.arn().to_string();
        Ok(password_reset::draw((cx.account(), &user.id.to_string()), &made_by, BY_HAND, cx.now, cx.rng()))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &DrawnReset) -> Result<Output> {
        tx.password_resets().put(&drawn.reset)?;
        let owner = password_reset::owner(cx, &drawn.reset)?;
        Ok(Output {
            user_name: owner.name.to_string(),
            link: password_reset::link(cx.gate().page_origin(), &drawn.token).expose().to_owned(),
            expires_at: drawn.reset.expires_at.to_iso8601(),
        })
    }
}

impl RestOperation for CreatePasswordReset {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/users/{user_name}/password-reset" };
}
