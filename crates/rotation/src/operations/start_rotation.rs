//! StartRotation: begins to replace a managed credential's key. Nothing is interrupted by starting.

use std::collections::BTreeSet;
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::{OnConstraint, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::embedded::{journal, own_key};
use crate::machine::{Emergency, Rotation, Stage};
use crate::managed;
use crate::profile::Profile;
use crate::shown::{self, Shown};

/// StartRotation.
pub struct StartRotation;

/// What to rotate, and how carefully.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// The durations to keep to, if not the credential's own: `standard`, or `demo`, which is not for keys
    /// that matter.
    pub profile: Option<String>,
    /// Only look whether a rotation could be finished; nothing is stored or changed.
    #[serde(default)]
    pub dry_run: bool,
    /// Switch the old key off for some minutes, for trial, before it is deactivated.
    #[serde(default)]
    pub brownout: bool,
    /// The steps that wait for an operator's yes.
    #[serde(default)]
    pub approve_each: BTreeSet<Stage>,
    /// The old key has leaked: it is contained `at_once`, or `when_replaced`.
    pub emergency: Option<Containment>,
    /// For how many seconds presigned URLs made with the old key are good; the proof is lengthened by that.
    pub presigned_urls_s: Option<u64>,
}

/// When a leaked key is made inactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Containment {
    /// At once: whoever uses it is interrupted until it has the new one.
    AtOnce,
    /// As soon as everybody has been given the new one.
    WhenReplaced,
}

/// A rotation to be started.
pub struct Drawn {
    id: String,
    profile: Option<Profile>,
    input: Input,
}

impl Drawn {
    /// A rotation of that credential by id, with the profile named.
    pub(super) fn of(id: String, credential: String, profile: Option<Profile>) -> Self {
        Self { id, profile, input: Input { credential, ..Input::default() } }
    }
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
        Ok(Drawn { id: uuid(cx.rng()), profile, input })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Shown> {
        let input = &drawn.input;
        let credential = managed::get_to_change(tx, cx, &input.credential)?;
        if own_key::is_stale(tx, &credential)? {
            return Err(Fault::ConcurrentModification(format!(
                "What {} had was replaced by hand. Take over what is used now with: {}",
                credential.name,
                if credential.cloud_account_id.is_some() {
                    "keystead cloud rotate"
                } else {
                    "keystead credential manage"
                }
            )));
        }
        let principal = managed::principal(cx.gate(), &credential)?;
        let profile = drawn.profile.clone().or_else(|| Profile::named(&credential.profile));
        let profile = profile.unwrap_or_else(Profile::standard);
        let mut rotation = Rotation::new(
            drawn.id.clone(),
            credential.id.clone(),
            principal,
            credential.current_access_key_id,
            if input.brownout { profile.with_brownout() } else { profile },
        );
        rotation.approvals.clone_from(&input.approve_each);
        rotation.presigned_urls = Duration::from_secs(input.presigned_urls_s.unwrap_or_default());
        rotation.emergency = input.emergency.map(|containment| Emergency {
            contain_now: containment == Containment::AtOnce,
            ..Emergency::default()
        });
        if input.dry_run {
            return shown::rehearse(tx, cx, &credential, &rotation);
        }
        let rotation = journal::insert(tx, cx.gate(), cx.account(), rotation, cx.now).on_constraint(
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
