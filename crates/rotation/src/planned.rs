//! A managed credential with what is planned for it, and the sentence that an idle one is told in.

use std::time::Duration;

use keystead_aws::error::Result;
use keystead_core::Timestamp;
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::custody::ManagedCredential;
use keystead_store::uses::KeyUse;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::embedded::capabilities::Capabilities;
use crate::managed::Shown;
use crate::plan;
use crate::schedule::Schedule;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// A managed credential with its plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct Planned {
    #[serde(flatten)]
    credential: Shown,
    /// How it stands, in words.
    pub sentence: String,
    /// By which rule it is rotated.
    pub schedule: Option<Schedule>,
    /// Its freezes and windows.
    pub calendar: Option<Value>,
    /// When the next rotation begins.
    pub next_rotation_at: Option<String>,
    /// The rotation that runs.
    pub rotation_id: Option<String>,
    /// What its endpoint was found to be able to do, where that is not this authority.
    pub capabilities: Option<Capabilities>,
    /// What this means for a rotation.
    pub warnings: Vec<&'static str>,
    /// When the key was made.
    pub key_made_at: String,
    /// Who is told of its rotations by letter; null is whom the installation names.
    pub notify_email: Option<String>,
    /// Where signed calls about them go; null is what the installation names.
    pub notify_webhook: Option<String>,
}

/// The credential as it is and as it is planned.
pub fn show(tx: &mut Tx<'_>, cx: &Context, credential: ManagedCredential) -> Result<Planned> {
    let account = credential.account;
    let found = tx.rotation_plans().find(account, &credential.id)?;
    let made_at = plan::made_at(tx, &credential)?;
    let running = tx.rotations().find_running(account, &credential.id)?;
    let uses = tx.uses().list_by_key(account, credential.current_access_key_id)?;
    let next_at = found.as_ref().and_then(|plan| plan.next_at);
    let sentence = match &running {
        Some(rotation) => {
            format!("A rotation runs and is {}: keystead rotate status {}", rotation.state, rotation.id)
        }
        None => idle(next_at, made_at, &uses, cx.now),
    };
    let capabilities = tx.custody().find_capabilities(account, &credential.id)?;
    let capabilities: Option<Capabilities> = capabilities.and_then(|found| serde_json::from_str(&found).ok());
    let told = tx.notice_addresses().find(account, &credential.id)?;
    let (email, webhook) = told.map(|told| (told.email, told.webhook)).unwrap_or_default();
    Ok(Planned {
        sentence,
        warnings: capabilities.as_ref().map(Capabilities::warnings).unwrap_or_default(),
        capabilities,
        schedule: found.as_ref().and_then(plan::schedule),
        calendar: found.and_then(|plan| serde_json::from_str(&plan.calendar?).ok()),
        next_rotation_at: next_at.map(Timestamp::to_iso8601),
        rotation_id: running.map(|rotation| rotation.id),
        key_made_at: made_at.to_iso8601(),
        notify_email: email,
        notify_webhook: webhook.map(|hook| hook.url),
        credential: credential.into(),
    })
}

/// When the next rotation is, how old the key is, and who uses it.
fn idle(next_at: Option<Timestamp>, made_at: Timestamp, uses: &[KeyUse], now: Timestamp) -> String {
    let next = match next_at {
        None => "No rotation is planned.".to_owned(),
        Some(at) if at <= now => "The next rotation is due and begins when others have made room.".to_owned(),
        Some(at) => format!("Next rotation {}.", when(at, now)),
    };
    let used: Vec<_> = uses.iter().filter(|one| one.uses > 0).collect();
    let rarest = used.iter().filter_map(|one| one.slowest_interval).max();
    let rarest = rarest.map(|every| format!(", rarest every {}", span(every))).unwrap_or_default();
    let users = match used.len() {
        0 => "It has not been seen in use.".to_owned(),
        1 => format!("Used by 1 consumer{rarest}."),
        count => format!("Used by {count} consumers{rarest}."),
    };
    format!("{next} Key is {} old. {users}", span(now.since(made_at)))
}

/// `Tue 03:00 UTC` within a week, else with the date.
pub fn when(at: Timestamp, now: Timestamp) -> String {
    let civil = at.civil();
    let weekday =
        WEEKDAYS.get((at.secs().div_euclid(86_400).rem_euclid(7)) as usize).copied().unwrap_or_default();
    let time = format!("{:02}:{:02} UTC", civil.hour, civil.minute);
    if at.since(now) < 7 * DAY {
        return format!("{weekday} {time}");
    }
    format!("{weekday} {}-{:02}-{:02} {time}", civil.year, civil.month, civil.day)
}

/// A time in the one unit that says most.
pub fn span(time: Duration) -> String {
    let unit = |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    if time >= 2 * DAY {
        unit(time.as_secs() / DAY.as_secs(), "day")
    } else if time >= HOUR {
        format!("{} h", time.as_secs().div_ceil(HOUR.as_secs()))
    } else if time >= Duration::from_mins(1) {
        format!("{} min", time.as_secs() / 60)
    } else {
        format!("{} s", time.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_credential_is_told_in_one_line() {
        let now = Timestamp::from_secs(1_800_000_000);
        let use_every = |hours: u64| KeyUse {
            account: "000000000042".parse().unwrap(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            consumer_key: String::new(),
            verifier_id: None,
            source_address: None,
            service: None,
            region: None,
            app_id: None,
            user_agent: None,
            first_used_at: None,
            last_used_at: Some(now),
            uses: 1,
            refused_at: None,
            refusals: 0,
            slowest_interval: Some(Duration::from_hours(hours)),
        };
        let next = Timestamp::from_secs(1_800_327_600);
        assert_eq!(
            idle(Some(next), now.minus(61 * DAY), &[use_every(1), use_every(26)], now),
            "Next rotation Tue 03:00 UTC. Key is 61 days old. Used by 2 consumers, rarest every 26 h."
        );
        assert_eq!(
            idle(None, now.minus(Duration::from_secs(90)), &[], now),
            "No rotation is planned. Key is 1 min old. It has not been seen in use."
        );
        assert_eq!(when(now.plus(30 * DAY), now), "Sun 2027-02-14 08:00 UTC");
    }
}
