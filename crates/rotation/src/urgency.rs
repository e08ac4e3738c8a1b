//! Which of many credentials comes first, and why: a score from what is known of each, and a sentence that says it.

use std::time::Duration;

use keystead_core::Timestamp;
use keystead_store::fleet::FleetLine;

use crate::planned::{span, when};
use crate::schedule::Schedule;

const DAY: Duration = Duration::from_hours(24);
/// The age that is looked at where no rule says another.
const AGE_MAX: Duration = Duration::from_hours(24 * 90);
/// A key that was not used for so long is unused, as the CIS benchmark counts.
const UNUSED_AFTER: Duration = Duration::from_hours(24 * 45);

/// Above all else: whatever waits for somebody and is much too old comes to less than these.
const LEAKED: u64 = 1000;
const LEAKED_PROVEN: u64 = 2000;

/// How urgent one credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urgency {
    /// The higher the sooner; 100 is a key that reaches its age today.
    pub score: u64,
    /// Why, in words.
    pub sentence: String,
}

/// Weighs what is known of a credential at `now`.
pub fn weigh(line: &FleetLine, now: Timestamp) -> Urgency {
    let schedule: Option<Schedule> =
        line.schedule.as_deref().and_then(|schedule| serde_json::from_str(schedule).ok());
    let made_at = line.key_made_at.unwrap_or(line.created_at);
    let age = now.since(made_at);
    let age_max = schedule.as_ref().and_then(Schedule::age_max).unwrap_or(AGE_MAX);
    // A key a hundred times too old is not a hundred times as urgent as everything else.
    let mut score = (age.as_secs() * 100 / age_max.as_secs().max(1)).min(400);
    let mut why = vec![aged(age, age_max)];
    let leaked = line.leak.map(|is_proven| {
        score += if is_proven { LEAKED_PROVEN } else { LEAKED };
        let proof = if is_proven { ", and its secret came with the report" } else { "" };
        format!("Its key was reported as leaked{proof}: keystead leak list. ")
    });
    if let Some((_, state)) = &line.rotation {
        if state == "blocked" {
            score += 300;
            why.push("its rotation waits for you".to_owned());
        } else {
            score /= 2;
            why.push(format!("its rotation is under way: {state}"));
        }
    } else if let Some(next_at) = line.next_at {
        why.push(if next_at <= now {
            "its rotation is due and waits for room".to_owned()
        } else {
            format!("its rotation begins {}", when(next_at, now))
        });
    } else if schedule.is_none() {
        score += 20;
        why.push("no rotation is planned".to_owned());
    }
    match line.last_used_at {
        None if age >= UNUSED_AFTER => {
            score += 25;
            why.push("it was never seen in use".to_owned());
        }
        None => why.push("it was not seen in use yet".to_owned()),
        Some(at) if now.since(at) >= UNUSED_AFTER => {
            score += 25;
            why.push(format!("it was not used for {}", span(now.since(at))));
        }
        Some(at) => why.push(format!("it was used {} ago", span(now.since(at)))),
    }
    if line.consumers == 0 {
        why.push("nobody is enrolled to be given a new key".to_owned());
    }
    Urgency { score, sentence: format!("{}{}.", leaked.unwrap_or_default(), why.join("; ")) }
}

fn aged(age: Duration, age_max: Duration) -> String {
    let days = |time: Duration| time.as_secs() / DAY.as_secs();
    if age > age_max {
        format!(
            "Its key is {}, {} over its {} days",
            old(age),
            span(age.saturating_sub(age_max)),
            days(age_max)
        )
    } else {
        format!("Its key is {} of at most {} days", old(age), days(age_max))
    }
}

fn old(age: Duration) -> String {
    format!("{} old", span(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn line(name: &str, days: u32) -> FleetLine {
        FleetLine {
            credential_id: format!("c-{name}"),
            name: name.to_owned(),
            user_name: name.to_owned(),
            endpoint: None,
            key: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            key_made_at: Some(NOW.minus(DAY * days)),
            created_at: NOW,
            schedule: Some("{}".to_owned()),
            next_at: Some(NOW.plus(DAY)),
            rotation: None,
            last_used_at: Some(NOW.minus(Duration::from_mins(5))),
            consumers: 1,
            leak: None,
        }
    }

    #[test]
    fn the_most_urgent_comes_first_and_says_why() {
        let rotation = |state: &str| Some(("r".to_owned(), state.to_owned()));
        let lines = [
            FleetLine { leak: Some(true), ..line("proven", 1) },
            FleetLine { leak: Some(false), ..line("reported", 3) },
            FleetLine { rotation: rotation("blocked"), ..line("blocked", 80) },
            line("too-old", 130),
            FleetLine { last_used_at: None, ..line("unused", 95) },
            FleetLine { schedule: None, next_at: None, ..line("unplanned", 80) },
            line("planned", 80),
            FleetLine { rotation: rotation("proving"), ..line("under-way", 88) },
            line("young", 3),
        ];
        let weighed: Vec<_> = lines.iter().map(|line| weigh(line, NOW)).collect();
        assert!(weighed.is_sorted_by(|one, next| one.score > next.score), "{weighed:?}");
        for (urgency, said) in weighed.iter().zip([
            "its secret came with the report",
            "reported as leaked: keystead leak list. Its key is 3 days",
            "waits for you",
            "40 days over its 90 days",
            "never seen in use",
            "no rotation is planned",
            "begins Sat 08:00 UTC; it was used 5 min ago",
            "under way: proving",
            "3 days old of at most 90 days",
        ]) {
            assert!(urgency.sentence.contains(said), "{}", urgency.sentence);
        }
    }
}
