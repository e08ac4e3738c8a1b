//! CreatePasskey: a passkey that a browser just made becomes an MFA device of whoever sits at it. IAM has no such operation;
//! its console does this. The other operations on MFA devices know passkeys.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Quota};
use keystead_gate::authenticate::Identity;
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{OnConstraint, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::passkey::{Made, Whose, finish_making};
use crate::shape;

/// CreatePasskey.
pub struct CreatePasskey;

/// What the browser made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What the page held when the browser was asked.
    pub ceremony: String,
    /// What the browser answered: the JSON form of a `PublicKeyCredential`.
    pub credential: String,
    /// What people call it: 1 to 32 letters, digits or characters of +=,.@_-
    pub name: String,
}

/// The device.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its ARN.
    pub serial_number: String,
}

const NAME_MAX: usize = 32;

impl Operation for CreatePasskey {
    type Input = Input;
    type Prepared = Made;
    type Output = Output;
    const NAME: &'static str = "CreatePasskey";
    const KIND: Kind = Kind::Write;
    // It asks for what IAM asks for where somebody gets a device.
    const NEEDS_PERMISSION: bool = false;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(cx.principal()?.arn())
    }

    fn prepare(cx: &Context, input: Input) -> Result<Made> {
        let owner = cx.principal()?;
        if cx.session().is_some_and(|session| !session.is_of_owner()) {
            return Err(Fault::Refused("Only a user or root user itself can have a passkey.".to_owned()));
        }
        cx.authorize("iam:EnableMFADevice", &owner.arn(), &ContextKeys::default())?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-".contains(letter);
        if input.name.is_empty() || input.name.len() > NAME_MAX || !input.name.chars().all(fits) {
            return Err(Fault::ValidationError(format!(
                "`name` has 1 to {NAME_MAX} letters, digits or characters of +=,.@_-"
            )));
        }
        let within = session_of(cx)?;
        let whose = Whose { owner, within: &within };
        finish_making(cx.gate(), whose, (&input.ceremony, &input.credential, &input.name), cx.now)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, made: &Made) -> Result<Output> {
        let owner = cx.principal()?;
        shape::lock_owner(tx, cx, owner)?;
        if !made.spend(tx, cx.now)? {
            return Err(exists());
        }
        let owned = tx.mfa_devices().count_of_owner(cx.account(), &made.row.owner_id)?;
        cx.check_quota(Quota::MfaDevicesPerUser, owned + 1)?;
        tx.passkeys().insert(&made.row).on_constraint("passkeys_credential_unique", exists)?;
        Ok(Output { serial_number: made.row.serial_number.clone() })
    }
}

impl RestOperation for CreatePasskey {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/passkeys" };
}

/// What names the session that asks: the key that each has of its own.
fn session_of(cx: &Context) -> Result<String> {
    match &cx.caller.identity {
        Identity::Key { access_key_id, .. } => Ok(access_key_id.to_string()),
        Identity::Consumer { .. } | Identity::Workload { .. } | Identity::Stranger => {
            Err(Fault::MissingAuthenticationToken)
        }
    }
}

fn exists() -> Fault {
    Fault::EntityAlreadyExists("This passkey is known already.".to_owned())
}
