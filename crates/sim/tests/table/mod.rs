//! The rows: a world in which the failure surely happens, what must be so in the end, and the guard whose
//! removal is found.

use std::time::Duration;

use keystead_core::{KeyStatus, Timestamp};
use keystead_rotation::calendar::{Calendar, Freeze};
use keystead_rotation::machine::{Effect, Failure, Happening, Order, Question, Stage};
use keystead_sim::Sabotage;
use keystead_sim::model::{BEGINNING, Model};
use keystead_sim::scenario::{Behaviour, Call, Endpoint, Habit, Moment, Outside, Scenario, Slot, Strike};

pub(crate) type World = (Scenario, Vec<(Duration, Order)>);

pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) world: fn() -> World,
    pub(crate) check: fn(&Model) -> Result<(), String>,
    pub(crate) without: Sabotage,
}

pub(crate) const MOMENTS: [Moment; 2] = [Moment::Before, Moment::After];

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn world(endpoint: Endpoint, change: impl FnOnce(&mut Scenario)) -> World {
    let mut scenario = Scenario::calm(endpoint);
    change(&mut scenario);
    (scenario, Vec::new())
}

fn strike(call: Call, failure: Failure, from: Duration, until: Duration) -> Strike {
    Strike { call, failure, from, until, times: u64::MAX, happens: false }
}

fn hidden(period: Duration, gone_after: Duration) -> Behaviour {
    Behaviour::new("hidden", Habit::Hidden { gone_after }, period)
}

fn yes() -> Order {
    Order::Approve { question: 0 }
}

fn check(is_so: bool, what: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(format!("not so: {what}")) }
}

fn ends(model: &Model, name: &str) -> Result<(), String> {
    let found = model.rotation().map_or("nothing", |r| r.state.name());
    check(found == name, &format!("it ends {name}, not {found}"))
}

fn asks(model: &Model, is_it: impl Fn(&Question) -> bool) -> Result<(), String> {
    check(model.asked.iter().any(is_it), &format!("it asks; it asked {:?}", model.asked))
}

fn is_asked_nothing(model: &Model) -> Result<(), String> {
    check(model.asked.is_empty(), &format!("it asks nothing; it asked {:?}", model.asked))
}

fn intended(model: &Model, is_it: impl Fn(&Effect) -> bool) -> usize {
    let is_it = |h: &Happening| matches!(h, Happening::Intended { effect } if is_it(effect));
    model.entries.iter().filter(|entry| is_it(&entry.happening)).count()
}

fn moved_to(model: &Model, name: &str) -> bool {
    model.entries.iter().any(|e| matches!(&e.happening, Happening::Moved { to, .. } if to == name))
}

/// The keys the rotation itself made.
fn made(model: &Model) -> usize {
    model.keys.values().filter(|key| key.is_own && key.created_at >= BEGINNING).count()
}

fn old_is(model: &Model, status: KeyStatus) -> Result<(), String> {
    let old = model.rotation().and_then(|r| model.status_at(r.old_key, model.now));
    check(old == Some(status), &format!("the old key is {status:?}, not {old:?}"))
}

/// When the old key was first made inactive.
fn off_at(model: &Model) -> Option<Timestamp> {
    let old = model.rotation()?.old_key;
    let history = &model.keys.get(&old)?.history;
    history.iter().find(|(_, status)| *status == Some(KeyStatus::Inactive)).map(|(at, _)| *at)
}

fn off_after(model: &Model, earliest: Duration) -> Result<(), String> {
    let at = off_at(model);
    check(
        at.is_some_and(|at| at >= BEGINNING.plus(earliest)),
        &format!("off after {earliest:?}, not at {at:?}"),
    )
}

fn done(model: &Model) -> Result<(), String> {
    ends(model, "done")
}

fn done_with(model: &Model, keys: usize) -> Result<(), String> {
    done(model)?;
    check(made(model) == keys, &format!("{keys} keys were made, not {}", made(model)))
}

/// When the key that made room was made inactive and deleted.
fn room_times(model: &Model) -> Option<(Timestamp, Timestamp)> {
    let old = model.rotation()?.old_key;
    let (_, other) = model.keys.iter().find(|(id, key)| **id != old && key.created_at < BEGINNING)?;
    let at = |wanted| other.history.iter().find(|(_, status)| *status == wanted).map(|(at, _)| *at);
    Some((at(Some(KeyStatus::Inactive))?.max(BEGINNING), at(None)?))
}

fn room_was_watched(model: &Model) -> Result<(), String> {
    done(model)?;
    let watched = room_times(model).map(|(off, deleted)| deleted.since(off));
    let second = Duration::from_secs(1);
    check(
        watched.map(|d| d + second) >= Some(model.scenario.profile.watch),
        &format!("it was watched, but for {watched:?}"),
    )
}

/// The key that fills the other slot has the first id after the old one.
fn make_room() -> Order {
    Order::MakeRoom { key: keystead_core::AccessKeyId::from_packed(1 << 79 | 2).into() }
}

/// Rotations of each kind, for the table of crashes.
pub(crate) fn courses() -> Vec<(&'static str, World)> {
    let mut courses = Vec::new();
    for endpoint in [Endpoint::Embedded, Endpoint::Remote] {
        let calm = Scenario::calm(endpoint);
        courses.push(("plain", (calm.clone(), Vec::new())));
        let brownout = Scenario { profile: calm.profile.clone().with_brownout(), ..calm.clone() };
        courses.push(("brownout", (brownout, Vec::new())));
        courses.push(("going back", (calm.clone(), vec![(20 * MINUTE, Order::RollBack)])));
        for contain_now in [true, false] {
            let leaked = Scenario { leaked: Some(contain_now), ..calm.clone() };
            courses.push((if contain_now { "contained" } else { "replaced" }, (leaked, Vec::new())));
        }
        courses.push(("room", (Scenario { slot: Slot::Leftover, ..calm.clone() }, Vec::new())));
        courses.push(("own", (Scenario { is_own: true, ..calm }, Vec::new())));
    }
    courses
}

macro_rules! row {
    ($name:ident, $without:ident, $world:expr, $check:expr) => {
        Row { name: stringify!($name), world: || $world, check: $check, without: Sabotage::$without }
    };
}

pub(crate) const ROWS: [Row; 40] = [
    row!(
        crash_before_the_creation_left,
        NeverResolve,
        world(Endpoint::Remote, |s| s.crash_at = Some((2, Moment::Before))),
        |m| done_with(m, 1)
    ),
    row!(
        crash_after_the_creation_with_the_secret_lost,
        RetryCreation,
        world(Endpoint::RemoteLax, |s| s.crash_at = Some((2, Moment::After))),
        |m| done_with(m, 2)
    ),
    row!(
        crash_after_the_creation_at_the_own_authority,
        RetryCreation,
        world(Endpoint::Embedded, |s| s.crash_at = Some((2, Moment::After))),
        |m| done_with(m, 1)
    ),
    row!(
        the_secret_is_not_stored_and_its_key_not_taken_back,
        RetryCreation,
        world(Endpoint::RemoteLax, |s| {
            let mut once = [Call::Store, Call::Delete]
                .map(|call| strike(call, Failure::Unavailable, Duration::ZERO, HOUR));
            for strike in &mut once {
                strike.times = 1;
            }
            s.strikes = once.to_vec();
        }),
        |m| done_with(m, 2)
    ),
    row!(
        crash_while_the_new_key_is_tried,
        StartAnew,
        world(Endpoint::Remote, |s| s.crash_at = Some((4, Moment::Before))),
        |m| done_with(m, 1)
    ),
    row!(
        the_new_key_is_never_accepted,
        SkipVerification,
        world(Endpoint::Remote, |s| {
            s.strikes = vec![strike(Call::Verify, Failure::NotAccepted, Duration::from_secs(90), 5 * HOUR)];
        }),
        |m| {
            ends(m, "rolled back")?;
            check(moved_to(m, "paused"), "it is shown as held")?;
            check(intended(m, |e| matches!(e, Effect::Deliver { .. })) == 0, "nobody is given it")
        }
    ),
    row!(
        the_new_key_belongs_to_somebody_else,
        SkipVerification,
        world(Endpoint::Remote, |s| s.is_mixed_up = true),
        |m| ends(m, "rolled back")
    ),
    row!(
        another_region_knows_the_new_key_later,
        OneRegion,
        world(Endpoint::Remote, |s| s.elsewhere = Some(4 * MINUTE)),
        |m| {
            done(m)?;
            let tried = intended(m, |e| matches!(e, Effect::VerifyKey { place: Some(_), .. }));
            check(tried > 3, "it is tried there until it is accepted")
        }
    ),
    row!(
        crash_in_the_middle_of_a_delivery,
        Rewrite,
        world(Endpoint::Remote, |s| s.crash_at = Some((6, Moment::After))),
        |m| {
            done(m)?;
            check(intended(m, |e| matches!(e, Effect::Deliver { .. })) == 1, "it is written once")
        }
    ),
    row!(
        one_target_fails,
        TakeWrittenForSwitched,
        world(Endpoint::Remote, |s| {
            let habit = Habit::Push { apply_after: MINUTE };
            s.consumers.push(Behaviour::new("push", habit, 5 * MINUTE));
            let failure = Failure::Failed { what: "the reload failed".to_owned() };
            s.strikes = vec![strike(Call::Deliver, failure, Duration::ZERO, 10 * DAY)];
        }),
        |m| {
            asks(
                m,
                |q| matches!(q, Question::DeliveryBehind { consumers, troubles } if consumers == &["push"] && !troubles.is_empty()),
            )?;
            old_is(m, KeyStatus::Active)
        }
    ),
    row!(
        the_application_does_not_take_the_key_up,
        DeactivateByTimer,
        world(Endpoint::Embedded, |s| {
            let habit = Habit::PullOnce { restarted_after: 19 * DAY };
            s.consumers.push(Behaviour::new("stubborn", habit, 5 * MINUTE));
        }),
        |m| {
            asks(m, |q| matches!(q, Question::StillUsed { consumers } if consumers == &["stubborn"]))?;
            old_is(m, KeyStatus::Active)
        }
    ),
    row!(
        one_consumer_is_refused_with_the_new_key,
        IgnoreRefusals,
        world(Endpoint::Embedded, |s| {
            let habit = Habit::Pull { refresh_early: Duration::ZERO };
            let pinned = Behaviour { is_pinned: true, ..Behaviour::new("pinned", habit, 10 * MINUTE) };
            s.consumers.push(pinned);
        }),
        |m| {
            asks(m, |q| matches!(q, Question::StillServed { consumers } if consumers == &["pinned"]))?;
            old_is(m, KeyStatus::Active)
        }
    ),
    row!(
        the_old_key_is_still_used_at_the_deadline,
        DeactivateByTimer,
        world(Endpoint::Embedded, |s| s.consumers.push(hidden(5 * MINUTE, 19 * DAY))),
        |m| {
            asks(m, |q| matches!(q, Question::StillUsed { consumers } if consumers == &["hidden"]))?;
            old_is(m, KeyStatus::Active)
        }
    ),
    row!(
        a_consumer_runs_too_rarely,
        IgnoreRareUse,
        world(Endpoint::Embedded, |s| s.consumers.push(hidden(11 * HOUR, 19 * DAY))),
        |m| asks(m, |q| matches!(q, Question::SlowCadence { .. }))
    ),
    row!(
        the_other_slot_is_our_own_leftover,
        SkipRoomWatch,
        world(Endpoint::Remote, |s| s.slot = Slot::Leftover),
        room_was_watched
    ),
    row!(
        the_other_slot_is_an_inactive_key_of_somebody_else,
        SkipRoomWatch,
        world(Endpoint::Remote, |s| s.slot = Slot::ForeignInactive).with(&[(HOUR, make_room())]),
        |m| {
            asks(m, |q| matches!(q, Question::SlotTaken { .. }))?;
            done(m)?;
            let notice = HOUR + m.scenario.profile.notice;
            check(room_times(m).is_some_and(|(_, at)| at >= BEGINNING.plus(notice)), "it is given notice")
        }
    ),
    row!(
        the_other_slot_is_an_active_key_nobody_uses,
        SkipRoomWatch,
        world(Endpoint::Remote, |s| s.slot = Slot::ForeignUnused).with(&[(HOUR, make_room())]),
        room_was_watched
    ),
    row!(
        both_keys_are_in_use,
        DeleteOldest,
        world(Endpoint::Remote, |s| s.slot = Slot::ForeignUsed).with(&[(HOUR, make_room())]),
        |m| {
            asks(m, |q| q.sentence().contains("a user of their own"))?;
            check(m.keys_at(m.now).iter().all(|k| k.status == KeyStatus::Active), "both are left alone")
        }
    ),
    row!(
        there_are_more_than_two_keys,
        IgnoreMeddling,
        world(Endpoint::RemoteLax, |s| s.slot = Slot::Many),
        |m| asks(m, |q| matches!(q, Question::SlotTaken { others } if others.len() == 2))
    ),
    row!(
        throttled_for_hours,
        UnknownIsNo,
        world(Endpoint::Embedded, |s| {
            s.consumers.push(hidden(5 * MINUTE, 3 * HOUR));
            s.strikes = vec![
                strike(Call::Endpoint, Failure::Throttled, Duration::ZERO, 20 * MINUTE),
                strike(Call::Evidence, Failure::Throttled, HOUR, 3 * HOUR),
            ];
        }),
        |m| {
            done(m)?;
            off_after(m, 3 * HOUR)
        }
    ),
    row!(
        the_quota_is_reached_after_all,
        NeverAsk,
        world(Endpoint::Remote, |s| {
            s.strikes = vec![strike(Call::Create, Failure::LimitExceeded, Duration::ZERO, 10 * DAY)];
        }),
        |m| asks(m, |q| matches!(q, Question::KeepsFailing { .. }))
    ),
    row!(
        the_clocks_are_apart,
        IgnoreSkew,
        world(Endpoint::Remote, |s| s.leaps = vec![(10 * MINUTE, 1200), (2 * HOUR, -1200)]),
        |m| {
            done(m)?;
            check(moved_to(m, "paused"), "it holds while they are apart")
        }
    ),
    row!(
        the_clock_leaps_forward,
        TrustClock,
        world(Endpoint::Embedded, |s| {
            s.consumers.push(hidden(20 * MINUTE, 4 * HOUR));
            let leaps = (1..16).map(|n| (n * 15 * MINUTE, 86_400));
            s.leaps = leaps.collect();
        }),
        |m| {
            done(m)?;
            off_after(m, 4 * HOUR)
        }
    ),
    row!(
        listings_lag_behind,
        TrustOneListing,
        world(Endpoint::RemoteLax, |s| {
            s.listing_lag = Duration::from_secs(30);
            let lost = strike(Call::Create, Failure::Unavailable, Duration::ZERO, DAY);
            s.strikes = vec![Strike { times: 1, happens: true, ..lost }];
        }),
        |m| done_with(m, 2)
    ),
    row!(
        the_endpoint_is_down_for_a_day,
        NeverAsk,
        world(Endpoint::Remote, |s| {
            s.strikes = vec![strike(Call::Endpoint, Failure::Unavailable, 10 * MINUTE, 25 * HOUR)];
        })
        .with(&[(26 * HOUR, yes())]),
        |m| {
            asks(m, |q| matches!(q, Question::Overdue { .. }))?;
            off_after(m, 25 * HOUR)?;
            done(m)
        }
    ),
    row!(
        the_evidence_is_blind_for_hours,
        IgnoreGaps,
        world(Endpoint::Embedded, |s| s.blind = Some((30 * MINUTE, 90 * MINUTE))),
        |m| {
            done(m)?;
            off_after(m, 90 * MINUTE + m.scenario.profile.quiet_min)
        }
    ),
    row!(
        somebody_else_rotates_at_the_same_time,
        IgnoreMeddling,
        world(Endpoint::RemoteLax, |s| s.outsiders = vec![(20 * MINUTE, Outside::Create)]),
        |m| asks(m, |q| matches!(q, Question::ChangedBySomeoneElse { .. }))
    ),
    row!(
        the_new_key_is_deleted_by_somebody_else,
        IgnoreMeddling,
        world(Endpoint::Remote, |s| s.outsiders = vec![(20 * MINUTE, Outside::DeleteNew)]),
        |m| {
            ends(m, "rolled back")?;
            old_is(m, KeyStatus::Active)
        }
    ),
    row!(
        the_old_key_is_deleted_by_somebody_else,
        IgnoreMeddling,
        world(Endpoint::Remote, |s| s.outsiders = vec![(20 * MINUTE, Outside::DeleteOld)]),
        done
    ),
    row!(
        a_permission_is_taken_away,
        IgnoreDenials,
        world(Endpoint::Remote, |s| {
            let failure = Failure::Denied { action: "iam:UpdateAccessKey".to_owned() };
            s.strikes = vec![strike(Call::SetStatus, failure, Duration::ZERO, 3 * HOUR)];
        }),
        |m| {
            let named = |e: &Happening| e.to_string().contains("iam:UpdateAccessKey");
            check(m.entries.iter().any(|e| named(&e.happening)), "the permission is named")?;
            let tried = intended(m, |e| matches!(e, Effect::Deactivate { .. }));
            check(tried < 12, &format!("it is tried once a stride, not {tried} times"))
        }
    ),
    row!(the_key_is_our_own, KeepOwn, world(Endpoint::Remote, |s| s.is_own = true), |m| {
        done(m)?;
        check(intended(m, |e| matches!(e, Effect::SwitchSelf { .. })) == 1, "it switches itself first")
    }),
    row!(
        a_person_carries_the_key_late,
        TakeWrittenForSwitched,
        world(Endpoint::Embedded, |s| {
            let habit = Habit::Manual { carried_after: 3 * HOUR };
            s.consumers = vec![Behaviour::new("paper", habit, 5 * MINUTE)];
        }),
        |m| {
            done(m)?;
            let is_proving = |h: &Happening| matches!(h, Happening::Moved { to, .. } if to == "proving");
            let at = m.entries.iter().find(|e| is_proving(&e.happening)).map(|e| e.at);
            check(at >= Some(BEGINNING.plus(3 * HOUR)), "it is not there before it is seen in use")
        }
    ),
    row!(
        the_principal_is_quarantined,
        NeverAsk,
        world(Endpoint::Remote, |s| {
            let failure = Failure::Quarantined { action: "iam:CreateAccessKey".to_owned() };
            s.strikes = vec![strike(Call::Create, failure, Duration::ZERO, 10 * DAY)];
        }),
        |m| {
            asks(m, |q| {
                matches!(q, Question::Quarantined { .. })
                    && q.answers().iter().any(|answer| answer.command.starts_with("emergency"))
            })
        }
    ),
    row!(
        the_disk_is_full,
        IgnoreFullDisk,
        world(Endpoint::Remote, |s| {
            s.strikes = vec![strike(Call::Disk, Failure::Unavailable, Duration::ZERO, 2 * HOUR)];
        }),
        |m| {
            done(m)?;
            let early = |e: &&keystead_rotation::receipt::Entry| {
                matches!(e.happening, Happening::Intended { effect: Effect::CreateKey })
                    && e.at < BEGINNING.plus(2 * HOUR)
            };
            check(!m.entries.iter().any(|e| early(&e)), "nothing is created that cannot be stored")
        }
    ),
    row!(
        a_brownout_finds_a_hidden_consumer,
        BrownoutStays,
        world(Endpoint::Embedded, |s| {
            s.profile = s.profile.clone().with_brownout();
            s.consumers.push(hidden(2 * MINUTE, 19 * DAY));
        })
        .with(&[(HOUR, Order::Brownout)]),
        |m| {
            asks(m, |q| matches!(q, Question::FoundByBrownout { consumers } if consumers == &["hidden"]))?;
            let times: Vec<_> =
                m.trials.iter().map(|(_, from, until)| until.map(|u| u.since(*from))).collect();
            check(
                !times.is_empty() && times.iter().all(|t| t.is_some_and(|t| t < 4 * MINUTE)),
                &format!("it is put back at once, after {times:?}"),
            )?;
            old_is(m, KeyStatus::Active)
        }
    ),
    row!(
        crash_in_the_middle_of_a_brownout,
        BrownoutStays,
        world(Endpoint::Embedded, |s| {
            s.profile = s.profile.clone().with_brownout();
            s.crash_at = Some((7, Moment::After));
        }),
        |m| {
            done(m)?;
            check(!m.trials.is_empty() && m.trials.iter().all(|t| t.2.is_some()), "it is put back")
        }
    ),
    row!(
        a_leak_is_contained_at_once,
        ContainLate,
        world(Endpoint::Embedded, |s| s.leaked = Some(true)),
        |m| {
            done(m)?;
            let first = m.entries.iter().find_map(|e| match &e.happening {
                Happening::Intended { effect } => Some(effect.clone()),
                _ => None,
            });
            check(matches!(first, Some(Effect::CutSessions { .. })), "its sessions end first")?;
            let at = off_at(m);
            check(at.is_some_and(|at| at < BEGINNING.plus(MINUTE / 2)), &format!("it is off at {at:?}"))
        }
    ),
    row!(
        a_leak_is_replaced_then_contained,
        KeepSessions,
        world(Endpoint::Embedded, |s| {
            s.leaked = Some(false);
            s.consumers.push(hidden(5 * MINUTE, 19 * DAY));
        }),
        |m| {
            done(m)?;
            is_asked_nothing(m)?;
            check(intended(m, |e| matches!(e, Effect::CutSessions { .. })) == 1, "its sessions end")?;
            let limit = m.scenario.profile.lease_rotating + 15 * MINUTE;
            check(off_at(m).is_some_and(|at| at < BEGINNING.plus(limit)), "it is off when it is replaced")
        }
    ),
    row!(
        a_freeze_holds_and_goes_on_by_itself,
        IgnoreCalendar,
        world(Endpoint::Embedded, |s| {
            let (from, until) = (BEGINNING.plus(10 * MINUTE), BEGINNING.plus(30 * HOUR));
            s.calendar = Calendar { freezes: vec![Freeze { from, until }], windows: Vec::new() };
        }),
        |m| {
            done(m)?;
            is_asked_nothing(m)?;
            off_after(m, 30 * HOUR)
        }
    ),
    row!(
        each_step_waits_for_its_yes,
        IgnoreApprovals,
        world(Endpoint::Embedded, |s| {
            s.approvals = [Stage::Create, Stage::Deliver, Stage::Deactivate, Stage::Delete].into();
        })
        .with(&[(HOUR, yes()), (2 * HOUR, yes()), (5 * HOUR, yes()), (10 * HOUR, yes())]),
        |m| {
            done(m)?;
            check(m.asked.len() == 4, &format!("it asks four times, not {:?}", m.asked))
        }
    ),
];

trait With {
    fn with(self, script: &[(Duration, Order)]) -> Self;
}

impl With for World {
    fn with(self, script: &[(Duration, Order)]) -> Self {
        (self.0, script.to_vec())
    }
}
