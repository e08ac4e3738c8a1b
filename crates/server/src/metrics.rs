//! Metrics in Prometheus' text format. What is counted on the way of requests is read out of memory; what has to be
//! looked up is, now and then, by a worker, so that asking for metrics never waits for the database.

use std::fmt::{Display, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Timestamp;
use keystead_gate::Gate;

const DAY: Duration = Duration::from_hours(24);
/// Up to which ages, in days, keys are counted: those that rules about keys name.
const AGES: [u64; 9] = [1, 7, 30, 45, 60, 75, 90, 180, 365];

/// What metrics are made of.
pub(crate) struct Metrics {
    gate: Arc<Gate>,
    measured: Mutex<Measured>,
}

/// What was looked up last.
#[derive(Clone, Default)]
struct Measured {
    /// Running rotations: state, how many, since when the longest of them.
    states: Vec<(String, u64, Timestamp)>,
    /// When the current keys were made.
    births: Vec<Timestamp>,
    /// Notices that wait, and those that were given up.
    notices: (u64, u64),
}

impl Metrics {
    pub(crate) fn of(gate: &Arc<Gate>) -> Self {
        Self { gate: Arc::clone(gate), measured: Mutex::default() }
    }

    fn measured(&self) -> MutexGuard<'_, Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks up what is not in memory.
    pub(crate) fn measure(&self) -> Result<()> {
        let measured = self.gate.store().read(|tx| {
            Ok::<_, Fault>(Measured {
                states: tx.fleet().count_by_state()?,
                births: tx.fleet().list_key_births()?,
                notices: tx.notices().count_unsent()?,
            })
        })?;
        *self.measured() = measured;
        Ok(())
    }

    /// All of them.
    pub(crate) fn text(&self) -> String {
        let (gate, now) = (&self.gate, self.gate.clock().now());
        let (keys, principals) = gate.ring().sizes();
        let statistics = gate.store().statistics();
        let mut page = Page::default();
        page.one("access_keys", "gauge", "Access keys in the key ring.", keys);
        page.one("principals", "gauge", "Users and root users in the key ring.", principals);
        page.one("store_commands_total", "counter", "Commands committed.", statistics.commits);
        page.one(
            "store_commits_total",
            "counter",
            "Transactions they were committed in.",
            statistics.batches,
        );
        page.many(
            ("unauthenticated_requests_total", "counter", "Requests refused before their sender was known."),
            "code",
            gate.auditor().unauthenticated_counts(),
        );
        page.many(
            ("inactive_key_attempts_total", "counter", "Uses of inactive keys, rightly signed, by address."),
            "source",
            gate.uses().inactive_attempts().counts(),
        );
        page.many(
            ("old_key_uses_total", "counter", "Uses of keys that are being replaced."),
            "consumer",
            gate.old_key_uses().counts(),
        );
        let measured = self.measured().clone();
        measured.write(&mut page, now);
        page.0
    }
}

impl Measured {
    fn write(&self, page: &mut Page, now: Timestamp) {
        page.many(
            ("rotation_state", "gauge", "Running rotations by the state they are in."),
            "state",
            self.states.iter().map(|(state, count, _)| (state, count)),
        );
        page.many(
            ("rotation_seconds_in_state", "gauge", "For how long the longest of them has been in it."),
            "state",
            self.states.iter().map(|(state, _, since)| (state, now.since(*since).as_secs())),
        );
        let (waiting, given_up) = self.notices;
        page.many(
            ("rotation_notices", "gauge", "Notices of rotations that could not be sent so far."),
            "state",
            [("waiting", waiting), ("given_up", given_up)],
        );
        let ages: Vec<_> = self.births.iter().map(|made_at| now.since(*made_at)).collect();
        page.head("key_age_days", "histogram", "Ages of the current keys of managed credentials.");
        for days in AGES {
            let count = ages.iter().filter(|age| **age <= DAY * days as u32).count();
            page.line("key_age_days_bucket", Some(("le", &days)), count);
        }
        page.line("key_age_days_bucket", Some(("le", &"+Inf")), ages.len());
        let days: f64 = ages.iter().map(|age| age.as_secs_f64() / DAY.as_secs_f64()).sum();
        page.line("key_age_days_sum", None, days);
        page.line("key_age_days_count", None, ages.len());
    }
}

/// Metrics as they are written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP keystead_{name} {help}\n# TYPE keystead_{name} {kind}");
    }

    fn line(&mut self, name: &str, label: Option<(&str, &dyn Display)>, value: impl Display) {
        let label = label.map(|(label, text)| format!("{{{label}=\"{}\"}}", escape(&text.to_string())));
        let _ = writeln!(self.0, "keystead_{name}{} {value}", label.unwrap_or_default());
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(name, None, value);
    }

    fn many<L: Display, V: Display>(
        &mut self,
        (name, kind, help): (&str, &str, &str),
        label: &str,
        values: impl IntoIterator<Item = (L, V)>,
    ) {
        self.head(name, kind, help);
        for (text, value) in values {
            self.line(name, Some((label, &text)), value);
        }
    }
}

/// Source: Prometheus, "Exposition formats", text-based format.
fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_counted_up_to_each_bound_and_labels_cannot_break_a_line() {
        let now = Timestamp::from_secs(1_800_000_000);
        let measured = Measured {
            states: vec![("rolling back: \"x\"\n".to_owned(), 2, now.minus(DAY))],
            births: vec![now.minus(DAY * 89), now.minus(DAY * 91)],
            notices: (1, 0),
        };
        let mut page = Page::default();
        measured.write(&mut page, now);
        for line in [
            "keystead_rotation_state{state=\"rolling back: \\\"x\\\"\\n\"} 2\n",
            "keystead_rotation_seconds_in_state{state=\"rolling back: \\\"x\\\"\\n\"} 86400\n",
            "keystead_key_age_days_bucket{le=\"75\"} 0\n",
            "keystead_key_age_days_bucket{le=\"90\"} 1\n",
            "keystead_key_age_days_bucket{le=\"+Inf\"} 2\n",
            "keystead_key_age_days_sum 180\n",
            "keystead_rotation_notices{state=\"waiting\"} 1\n",
        ] {
            assert!(page.0.contains(line), "{line}{}", page.0);
        }
    }
}
