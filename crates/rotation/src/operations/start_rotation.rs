//! StartRotation: begins to replace a managed credential's key. Nothing is interrupted by starting.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::custody::{CredentialKind, ManagedCredential};
use keystead_store::{OnConstraint, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::embedded::journal;
use crate::machine::{Principal, Rotation};
use crate::managed;
use crate::profile::Profile;
use crate::shown::{self, Shown};

/// StartRotation.
pub struct StartRotation;

/// What to rotate, and how carefully.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The durations to keep to, if not the credential's own: `standard`, or `demo`, which is not for keys
    /// that matter.
    pub profile: Option<String>,
}

/// A rotation to be started.
pub struct Drawn {
    id: String,
    credential: String,
    profile: Option<Profile>,
}

impl Operation for StartRotation {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Shown;
    const NAME: &'static str = "StartRotation";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let profile = input.profile.as_deref().map(managed::find_profile).transpose()?;
        Ok(Drawn { id: uuid(cx.rng()), credential: input.credential, profile })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        let credential = managed::get(tx, cx, &drawn.credential)?;
        let principal = principal(cx, &credential)?;
        let profile = drawn.profile.clone().or_else(|| Profile::named(&credential.profile));
        let rotation = Rotation::new(
            drawn.id.clone(),
            credential.id.clone(),
            principal,
            credential.current_access_key_id,
            profile.unwrap_or_else(Profile::standard),
        );
        let rotation = journal::insert(tx, cx.account(), rotation, cx.now).on_constraint(
            "rotations_one_running",
            || {
                Fault::ConcurrentModification(format!(
                    "A rotation of {} is running already. See it with: keystead rotate list",
                    credential.name
                ))
            },
        )?;
        shown::show(tx, cx, &rotation.id)
    }
}

impl RestOperation for StartRotation {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/rotations" };
}

/// Whose keys they are: a user of this authority as it is now called, or what the endpoint said on adoption.
fn principal(cx: &Context, credential: &ManagedCredential) -> Result<Principal> {
    let owner_id = credential.owner_id.as_deref().unwrap_or_default();
    if credential.kind == CredentialKind::Remote {
        let account = owner_id.split(':').nth(4).unwrap_or_default().to_owned();
        return Ok(Principal { account, arn: owner_id.to_owned() });
    }
    let owner = cx.find_owner(owner_id).ok_or_else(|| {
        Fault::NoSuchEntity(format!("The user {} of this credential is gone.", credential.user_name))
    })?;
    Ok(Principal { account: cx.account().to_string(), arn: owner.arn().to_string() })
}
