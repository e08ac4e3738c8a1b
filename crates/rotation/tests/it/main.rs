//! The policy of rotation, failure by failure, through its public face.

mod bench;

use std::time::Duration;

use bench::{Bench, NEW, OLD, key, listed, used};
use keystead_core::{KeyStatus, Timestamp};
use keystead_rotation::machine::{
    Answer, Failure, Happening, Lease, Order, Outcome, Principal, Question, RollbackReason, intend, record,
};
use keystead_rotation::{Action, Effect, State, explain};

#[test]
fn a_rotation_does_these_things_in_this_order() {
    let mut bench = Bench::new();
    assert_eq!(bench.go(|_| false), Action::Finish);
    let (old, new) = (key(OLD), key(NEW));
    let verify = |key| Effect::VerifyKey { key, place: None };
    let expected = [
        verify(old),
        Effect::CreateKey,
        verify(new),
        verify(new),
        verify(new),
        Effect::Deliver { consumer: "web".to_owned(), key: new },
        Effect::Deactivate { key: old },
        Effect::DeleteKey { key: old },
        Effect::Conclude { current: new },
    ];
    assert_eq!(bench.effects, expected);
    assert_eq!(bench.rotation.state, State::Done);
}

#[test]
fn every_state_has_a_sentence_and_proving_names_the_last_user() {
    let mut bench = Bench::new();
    for state in [
        State::Creating,
        State::Verifying,
        State::Delivering,
        State::Proving,
        State::Watching,
        State::Deleting,
    ] {
        bench.go_to(state.clone());
        let sentence = explain(&bench.rotation, &bench.seen, bench.now);
        assert!(sentence.ends_with('.'), "{sentence}");
        if state == State::Proving {
            assert!(sentence.contains("`web`") && sentence.contains("both keys work"), "{sentence}");
        }
    }
}

#[test]
fn a_second_key_that_is_not_ours_is_asked_about_and_never_touched() {
    let made = Timestamp::from_secs(1_790_000_000);
    for (others, is_used, advice) in [
        (vec![listed(7, KeyStatus::Inactive, made)], false, "delete it if nobody needs it"),
        (vec![listed(7, KeyStatus::Active, made)], false, "deactivate it, watch, and delete it"),
        (vec![listed(7, KeyStatus::Active, made)], true, "both keys are in use"),
        (
            vec![listed(7, KeyStatus::Active, made), listed(8, KeyStatus::Active, made)],
            false,
            "more keys than AWS allows",
        ),
    ] {
        let mut bench = Bench::new();
        bench.keys().extend(others);
        if is_used {
            let now = bench.now;
            bench.evidence().uses.push(used("other", 7, now, None));
        }
        let Action::Ask(question @ Question::SlotTaken { .. }) = bench.next(50) else { panic!("{advice}") };
        assert!(question.sentence().contains(advice), "{}", question.sentence());
    }
}

#[test]
fn a_key_is_not_created_while_its_secret_could_not_be_stored() {
    let mut bench = Bench::new();
    bench.seen.custody_writable = false;
    let action = bench.go(|_| false);
    assert!(matches!(action, Action::Ask(Question::Overdue { .. })), "{action:?}");
    assert!(!bench.effects.contains(&Effect::CreateKey));
}

/// A bench where the answer of the creation was lost, and the world as it is then.
fn lost_creation() -> Bench {
    let mut bench = Bench::new();
    bench.go_to(State::Creating);
    assert_eq!(bench.next(50), Action::Perform(Effect::CreateKey));
    bench.fail(&Effect::CreateKey, Failure::Unavailable);
    bench
}

#[test]
fn a_creation_that_did_not_happen_is_repeated_only_when_the_list_is_sure() {
    let mut bench = lost_creation();
    let failed_at = bench.now;
    assert_eq!(bench.next(50), Action::Perform(Effect::CreateKey));
    assert!(bench.now.since(failed_at) >= bench.rotation.profile.settle);
}

#[test]
fn a_key_whose_secret_is_lost_is_deactivated_then_deleted_and_made_anew() {
    let mut bench = lost_creation();
    let now = bench.now;
    bench.keys().push(listed(9, KeyStatus::Active, now));
    assert_eq!(bench.next(50), Action::Perform(Effect::Deactivate { key: key(9) }));
    bench.go_to(State::Staged);
    let expected = [Effect::Deactivate { key: key(9) }, Effect::DeleteKey { key: key(9) }, Effect::CreateKey];
    assert_eq!(bench.effects[1..], expected);
}

#[test]
fn a_created_key_whose_secret_is_in_custody_is_taken() {
    let mut bench = lost_creation();
    let now = bench.now;
    bench.keys().push(listed(9, KeyStatus::Active, now));
    bench.seen.custody = Answer::Known(vec![key(OLD), key(9)]);
    bench.go_to(State::Staged);
    assert_eq!(bench.rotation.new_key, Some(key(9)));
}

#[test]
fn a_key_that_somebody_else_made_or_uses_is_asked_about() {
    let early = Timestamp::from_secs(1_799_990_000);
    for (created_at, is_used) in [(early, false), (Timestamp::from_secs(1_800_001_000), true)] {
        let mut bench = lost_creation();
        bench.keys().push(listed(9, KeyStatus::Active, created_at));
        if is_used {
            bench.evidence().uses.push(used("other", 9, created_at, None));
        }
        assert_eq!(bench.next(50), Action::Ask(Question::ChangedBySomeoneElse { keys: vec![key(9)] }));
    }
}

#[test]
fn a_key_of_another_principal_is_given_to_nobody_and_goes() {
    let mut bench = Bench::new();
    bench.go_to(State::Verifying);
    let effect = Effect::VerifyKey { key: key(NEW), place: None };
    assert_eq!(bench.next(50), Action::Perform(effect.clone()));
    let found = Principal { account: "999999999999".to_owned(), arn: "arn:other".to_owned() };
    let (intended, _) = intend(&bench.rotation, effect.clone(), bench.now);
    bench.rotation = record(&intended, &effect, &Outcome::Identity { principal: found.clone() });
    bench.effects.clear();
    assert_eq!(bench.go(|_| false), Action::Finish);
    assert_eq!(bench.rotation.state, State::RolledBack { reason: RollbackReason::WrongPrincipal { found } });
    let expected = [
        Effect::Deactivate { key: key(NEW) },
        Effect::DeleteKey { key: key(NEW) },
        Effect::Conclude { current: key(OLD) },
    ];
    assert_eq!(bench.effects, expected);
}

#[test]
fn a_key_that_is_never_accepted_is_given_up() {
    let mut bench = Bench::new();
    bench.go_to(State::Verifying);
    let began = bench.now;
    while let Action::Perform(effect @ Effect::VerifyKey { .. }) = bench.next(50) {
        bench.fail(&effect, Failure::NotAccepted);
    }
    assert!(bench.now.since(began) >= bench.rotation.profile.verify_limit);
    bench.go(|_| false);
    assert_eq!(bench.rotation.state, State::RolledBack { reason: RollbackReason::NeverVerified });
}

#[test]
fn a_hidden_user_of_the_old_key_is_named_at_the_deadline_and_never_cut_off() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    // Another one still used it when proving began, and not since.
    let mut action = bench.next(2);
    let now = bench.now;
    bench.evidence().uses.retain(|u| u.key != key(OLD));
    bench.evidence().uses.push(used("web", OLD, now, Some(60)));
    for _ in 0..2000 {
        let now = bench.now;
        bench.evidence().uses.retain(|u| u.consumer != "cron");
        bench.evidence().uses.push(used("cron", OLD, now, Some(600)));
        action = bench.next(1);
        if !matches!(action, Action::Wait { .. }) {
            break;
        }
    }
    assert_eq!(action, Action::Ask(Question::StillUsed { consumers: vec!["cron".to_owned()] }));
    // It was told long before, once, and of nobody who could not have switched yet.
    let told = bench.happenings.iter().filter(|h| matches!(h, Happening::StillUsed { .. }));
    let expected = Happening::StillUsed { key: key(OLD), consumers: vec!["cron".to_owned()] };
    assert_eq!(told.collect::<Vec<_>>(), [&expected]);
}

#[test]
fn evidence_that_cannot_be_read_proves_nothing_for_any_length_of_time() {
    for failure in [Failure::Throttled, Failure::Unavailable] {
        let mut bench = Bench::new();
        bench.go_to(State::Proving);
        bench.seen.evidence = Answer::Unknown(failure);
        let action = bench.go(|_| false);
        assert!(matches!(action, Action::Ask(Question::Overdue { .. })), "{action:?}");
    }
}

#[test]
fn a_missing_permission_pauses_and_is_named() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    bench.seen.keys = Answer::Unknown(Failure::Denied { action: "iam:ListAccessKeys".to_owned() });
    assert_eq!(bench.next(1), Action::Wait { until: bench.now });
    assert!(explain(&bench.rotation, &bench.seen, bench.now).contains("`iam:ListAccessKeys`"));
}

/// How long after entering PROVING the old key is deactivated, with `trouble` ten minutes after.
fn minutes_to_deactivation(trouble: impl Fn(&mut Bench)) -> u64 {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    let began = bench.now;
    bench.next(3);
    trouble(&mut bench);
    assert_eq!(bench.next(500), Action::Perform(Effect::Deactivate { key: key(OLD) }));
    bench.now.since(began).as_secs().div_ceil(60)
}

#[test]
fn silence_is_counted_anew_after_a_gap_and_leases_are_waited_for() {
    assert_eq!(minutes_to_deactivation(|_| {}), 17);
    assert!(minutes_to_deactivation(|bench| bench.evidence().gaps += 1) >= 27);
    let lengthen = |bench: &mut Bench| {
        let lease = Lease { key: key(OLD), answered_at: bench.now, lasts: Duration::from_mins(40) };
        if let Answer::Known(targets) = &mut bench.seen.targets {
            targets[0].leases.push(lease);
        }
    };
    assert!(minutes_to_deactivation(lengthen) >= 50);
}

#[test]
fn a_clock_that_leaps_a_month_ends_no_overlap() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    bench.now = bench.now.plus(Duration::from_hours(24 * 30));
    assert!(matches!(bench.next(2), Action::Wait { .. }));
    assert_eq!(bench.rotation.state, State::Proving);
    bench.seen.clock_offset_micros = Some(-400_000_000);
    bench.step();
    assert_eq!(bench.rotation.state.name(), "paused");
}

#[test]
fn a_use_between_proof_and_deactivation_leads_back_to_proving() {
    let mut bench = Bench::new();
    bench.go_to(State::Deactivating);
    let now = bench.now;
    bench.evidence().uses.push(used("late", OLD, now, Some(60)));
    assert_eq!(bench.step(), Action::Advance);
    assert_eq!(bench.rotation.state, State::Proving);
}

#[test]
fn somebody_seen_once_is_asked_about_before_its_silence_counts() {
    let mut bench = Bench::new();
    let now = bench.now;
    bench.evidence().uses.push(used("yearly", OLD, now, None));
    bench.go_to(State::Proving);
    let action = bench.next(500);
    assert_eq!(action, Action::Ask(Question::NotSeen { consumers: vec!["yearly".to_owned()] }));
    bench.order(Order::Approve { question: 1 });
    assert_eq!(bench.next(500), Action::Perform(Effect::Deactivate { key: key(OLD) }));
}

#[test]
fn an_attempt_with_the_inactive_key_is_asked_about_and_can_be_undone() {
    let mut bench = Bench::new();
    bench.go_to(State::Watching);
    let now = bench.now.plus(Duration::from_secs(1));
    bench.evidence().uses.push(used("cron", OLD, now, Some(60)));
    assert_eq!(bench.next(2), Action::Ask(Question::StillTried { consumers: vec!["cron".to_owned()] }));
    bench.order(Order::RollBack);
    assert_eq!(bench.next(50), Action::Perform(Effect::Reactivate { key: key(OLD) }));
    bench.effects.clear();
    bench.is_busy = true;
    assert_eq!(bench.go(|_| false), Action::Finish);
    assert_eq!(bench.rotation.state.name(), "rolled back");
    let back = Effect::Deliver { consumer: "web".to_owned(), key: key(OLD) };
    assert_eq!(bench.effects[..2], [Effect::Reactivate { key: key(OLD) }, back]);
    assert_eq!(bench.effects.last(), Some(&Effect::Conclude { current: key(OLD) }));
}

#[test]
fn an_old_key_deleted_by_somebody_else_ends_the_rotation_and_its_users_are_named() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    let now = bench.now;
    bench.evidence().uses.push(used("cron", OLD, now, Some(600)));
    bench.next(1);
    bench.keys().retain(|k| k.id == key(NEW));
    assert_eq!(bench.go(|_| false), Action::Finish);
    assert_eq!(bench.rotation.state, State::Done);
    let names_user =
        |h: &Happening| matches!(h, Happening::Evidence { finding, .. } if finding.contains("while `cron`"));
    assert!(bench.happenings.iter().any(names_user));
}

#[test]
fn a_new_key_deleted_by_somebody_else_sends_its_consumers_back() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    bench.keys().retain(|k| k.id == key(OLD));
    bench.effects.clear();
    assert_eq!(bench.go(|_| false), Action::Finish);
    assert_eq!(bench.effects[0], Effect::Deliver { consumer: "web".to_owned(), key: key(OLD) });
    assert_eq!(bench.rotation.state, State::RolledBack { reason: RollbackReason::NewKeyDeleted });
}

#[test]
fn an_answer_to_another_question_is_declined() {
    let mut bench = Bench::new();
    let now = bench.now;
    bench.keys().push(listed(7, KeyStatus::Active, now));
    assert!(matches!(bench.next(50), Action::Ask(Question::SlotTaken { .. })));
    bench.order(Order::Approve { question: 2 });
    bench.step();
    assert_eq!(bench.rotation.state.name(), "blocked");
    let is_declined =
        |h: &Happening| matches!(h, Happening::Ordered { answer, .. } if answer.starts_with("declined"));
    assert!(bench.happenings.iter().any(is_declined));
}

#[test]
fn a_key_that_somebody_else_adds_halfway_holds_the_rotation_until_an_operator_says() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    let now = bench.now;
    bench.keys().push(listed(9, KeyStatus::Active, now));
    assert_eq!(bench.next(50), Action::Ask(Question::ChangedBySomeoneElse { keys: vec![key(9)] }));
    bench.order(Order::Approve { question: 1 });
    assert_eq!(bench.next(50), Action::Perform(Effect::Deactivate { key: key(OLD) }));
}

#[test]
fn what_was_decided_about_the_old_key_does_not_hold_for_the_new_one() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    bench.order(Order::Exempt { consumer: "web".to_owned() });
    bench.order(Order::RollBack);
    bench.next(2);
    assert_eq!(bench.rotation.state.name(), "rolling back: reactivating");
    assert!(bench.rotation.consumers.values().all(|c| !c.exempt));
}

#[test]
fn the_time_spent_with_the_new_key_is_no_rhythm_of_those_who_return_to_the_old_one() {
    let mut bench = Bench::new();
    bench.go_to(State::Proving);
    bench.order(Order::RollBack);
    bench.go(|rotation| rotation.state.name() == "rolling back: proving");
    let now = bench.now;
    bench.is_busy = false;
    bench.evidence().uses.retain(|seen| seen.key != key(OLD));
    bench.evidence().uses.push(used("web", OLD, now, Some(30 * 24 * 3600)));
    assert_eq!(bench.go(|_| false), Action::Finish);
    assert_eq!(bench.rotation.state.name(), "rolled back");
}
