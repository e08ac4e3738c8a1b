//! UpdateCredential: when a credential is rotated unasked, how carefully, and when never. What is not named stays.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::rotation_plans::RotationPlan;
use keystead_store::{Touched, Tx};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::calendar::Calendar;
use crate::managed;
use crate::notices::addresses::{self, Drawn, Given, present};
use crate::plan;
use crate::planned::{self, Planned};
use crate::recognised;
use crate::schedule::Schedule;

/// UpdateCredential.
pub struct UpdateCredential;

/// What is changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name or id.
    pub credential: String,
    /// By which rule it is rotated; `null` is by hand only.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Schedule>)]
    pub schedule: Option<Option<Schedule>>,
    /// The durations it is leased and rotated with: `standard` or `demo`.
    pub profile: Option<String>,
    /// Freezes and windows of this credential alone; `null` is at any time.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Value>)]
    pub calendar: Option<Option<Value>>,
    /// Who is told of its rotations.
    #[serde(default)]
    pub notify: Given,
}

/// What is changed, checked.
pub struct Prepared {
    input: Input,
    notify: Drawn,
}

/// The longest calendar, in bytes of JSON.
const CALENDAR_MAX: usize = 16 * 1024;

impl Operation for UpdateCredential {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Planned;
    const NAME: &'static str = "UpdateCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(managed::arn(cx, &input.credential))
    }

    fn prepare(cx: &Context, mut input: Input) -> Result<Prepared> {
        input.profile.as_deref().map(managed::find_profile).transpose()?;
        if let Some(Some(schedule)) = &input.schedule {
            schedule.check().map_err(Fault::ValidationError)?;
        }
        if let Some(Some(calendar)) = &input.calendar {
            check_calendar(calendar).map_err(Fault::ValidationError)?;
        }
        let notify = addresses::draw(cx, std::mem::take(&mut input.notify))?;
        Ok(Prepared { input, notify })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, Prepared { input, notify }: &Prepared) -> Result<Planned> {
        let mut credential = managed::get_to_change(tx, cx, &input.credential)?;
        if let Some(profile) = &input.profile {
            (credential.profile, credential.updated_at) = (profile.clone(), cx.now);
            tx.custody().update(&credential)?;
            tx.touch(Touched::Custody { account: cx.account(), credential: credential.id.clone() });
        }
        let found = tx.rotation_plans().find(cx.account(), &credential.id)?;
        let mut changed = found.unwrap_or_else(|| RotationPlan {
            account: cx.account(),
            credential_id: credential.id.clone(),
            schedule: None,
            calendar: None,
            next_at: None,
            updated_at: cx.now,
        });
        changed.updated_at = cx.now;
        if let Some(schedule) = &input.schedule {
            changed.schedule = schedule.as_ref().map(|s| serde_json::to_string(s).unwrap_or_default());
            changed.next_at = match schedule {
                Some(schedule) => plan::next_at(tx, &credential, schedule, cx.now)?,
                None => None,
            };
        }
        if let Some(calendar) = &input.calendar {
            changed.calendar = calendar.as_ref().map(Value::to_string);
        }
        tx.rotation_plans().put(&changed)?;
        addresses::put(tx, cx.account(), &credential.id, notify, cx.now)?;
        recognised::wake(tx, cx, &credential, cx.now)?;
        planned::show(tx, cx, credential)
    }
}

impl RestOperation for UpdateCredential {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/credentials/{credential}" };
}

fn check_calendar(calendar: &Value) -> std::result::Result<(), String> {
    if calendar.to_string().len() > CALENDAR_MAX {
        return Err(format!("`calendar` is at most {CALENDAR_MAX} bytes long."));
    }
    let calendar: Calendar =
        serde_json::from_value(calendar.clone()).map_err(|error| format!("`calendar`: {error}."))?;
    calendar.check()
}
