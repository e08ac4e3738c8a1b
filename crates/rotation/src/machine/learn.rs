//! Takes what was observed into the document. Nothing is decided here, but what is new is written down.

use keystead_core::{KeyId, Timestamp};

use super::course::Work;
use super::observation::{Answer, EvidenceReport, ListedKey, Place, Target, Use};
use crate::consumer::{Consumer, ConsumerKind};

/// Learns all that the observation shows.
pub(super) fn learn(work: &mut Work<'_>, now: Timestamp) {
    learn_time(work, now);
    let observation = work.observation;
    learn_places(work, &observation.places);
    if let Answer::Known(keys) = &observation.keys {
        learn_keys(work, keys);
    }
    if let Answer::Known(targets) = &observation.targets {
        learn_targets(work, targets);
    }
    if let Answer::Known(report) = &observation.evidence {
        learn_evidence(work, report);
    }
}

fn learn_time(work: &mut Work<'_>, now: Timestamp) {
    let stride = work.rotation.profile.stride;
    if let Some(leap) = work.rotation.clock.advance(now, stride) {
        work.has_leapt = true;
        work.note(
            "clock",
            format!("the clock leapt, or nobody looked, by {leap:?}: that time is not counted"),
        );
    }
}

/// The regions other than the credential's own that the old key was used in; each is remembered.
fn learn_places(work: &mut Work<'_>, places: &[Place]) {
    for place in places {
        if !work.rotation.places.iter().any(|known| known.region == place.region) {
            work.rotation.places.push(place.clone());
            let finding = format!("the old key was used in {} ({})", place.region, place.service);
            work.note("last used", finding);
        }
    }
}

fn learn_keys(work: &mut Work<'_>, keys: &[ListedKey]) {
    let mut keys = keys.to_vec();
    keys.sort_by_key(|k| k.id);
    let now = work.now();
    let listing = &mut work.rotation.listing;
    if listing.reads > 0 && listing.keys == keys {
        listing.reads = listing.reads.saturating_add(1);
        return;
    }
    if listing.keys != keys {
        let shown: Vec<_> = keys.iter().map(|k| format!("{} {}", k.id, k.status.as_str())).collect();
        work.note("key list", if shown.is_empty() { "no keys".to_owned() } else { shown.join(", ") });
    }
    let listing = &mut work.rotation.listing;
    listing.keys = keys;
    listing.reads = 1;
    listing.since = now;
}

fn learn_targets(work: &mut Work<'_>, targets: &[Target]) {
    for (name, consumer) in &mut work.rotation.consumers {
        if !targets.iter().any(|t| t.consumer == *name) {
            consumer.kind = ConsumerKind::Observed;
            consumer.serving = None;
        }
    }
    for target in targets {
        learn_target(work, target);
    }
}

fn learn_target(work: &mut Work<'_>, target: &Target) {
    let now = work.now();
    let margin = work.rotation.profile.stride;
    let consumer = consumer_mut(work, &target.consumer, target.kind);
    consumer.kind = target.kind;
    consumer.batch_interval = target.batch_interval;
    consumer.is_optional = !target.required;
    consumer.serving = Some(target.serving);
    for lease in &target.leases {
        let trace = consumer.traces.entry(lease.key).or_default();
        if trace.answered_at != Some(lease.answered_at) {
            trace.answered_at = Some(lease.answered_at);
            // It was answered since the last look: counted from now, it ends no earlier than it does.
            trace.lease_until = trace.lease_until.max(Some(now.plus(lease.lasts + margin)));
        }
    }
    if consumer.applied != target.applied {
        consumer.applied = target.applied;
        if let Some(key) = target.applied {
            work.note("delivery", format!("`{}` has applied {key}", target.consumer));
        }
    }
}

fn learn_evidence(work: &mut Work<'_>, report: &EvidenceReport) {
    let now = work.now();
    let record = &mut work.rotation.evidence;
    if record.source != report.source {
        record.source.clone_from(&report.source);
    }
    let before = record.gaps.replace(report.gaps);
    let is_new_gap = before.is_some_and(|gaps| gaps != report.gaps);
    if before != Some(report.gaps) || !report.healthy {
        record.blind_at = now;
    }
    if is_new_gap {
        work.note(&report.source, "there was a gap in the evidence: silence is counted anew");
    }
    for seen in &report.uses {
        if seen.key == work.rotation.old_key || Some(seen.key) == work.rotation.new_key {
            learn_use(work, &report.source, seen);
        }
    }
}

fn learn_use(work: &mut Work<'_>, source: &str, seen: &Use) {
    let now = work.now();
    // On the way back consumers return to the old key. They were not idle meanwhile but used the new one.
    let is_back = work.rotation.state.underlying().phase().is_some_and(|(_, is_back)| is_back);
    let is_return = is_back && seen.key == work.rotation.old_key;
    let consumer = consumer_mut(work, &seen.consumer, ConsumerKind::Observed);
    if !is_return {
        consumer.cadence = consumer.cadence.max(seen.slowest_interval);
    }
    let trace = consumer.traces.entry(seen.key).or_default();
    // The source's clock may have been set back: any difference is a use, not only a later time.
    if trace.last_at == Some(seen.last_at) && trace.count == seen.count && trace.refused == seen.refused {
        return;
    }
    let is_first = trace.learned.is_none();
    let is_first_refusal = trace.refused == 0 && seen.refused > 0;
    trace.last_at = Some(seen.last_at);
    trace.count = seen.count;
    trace.refused = seen.refused;
    trace.learned = Some(now);
    note_use(work, source, &seen.consumer, seen.key, seen.last_at, (is_first, is_first_refusal));
}

fn note_use(
    work: &mut Work<'_>,
    source: &str,
    consumer: &str,
    key: KeyId,
    last_at: Timestamp,
    (is_first, is_first_refusal): (bool, bool),
) {
    if is_first {
        work.note(source, format!("`{consumer}` was seen with {key} at {last_at}"));
    }
    if is_first_refusal {
        work.note(source, format!("`{consumer}` was refused with {key} at {last_at}"));
    }
}

fn consumer_mut<'w>(work: &'w mut Work<'_>, name: &str, kind: ConsumerKind) -> &'w mut Consumer {
    let consumers = &mut work.rotation.consumers;
    consumers.entry(name.to_owned()).or_insert_with(|| Consumer::new(kind))
}
