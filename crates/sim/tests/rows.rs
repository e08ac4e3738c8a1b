//! Every failure of the specification's table, as a scenario of its own in which it surely happens: what the
//! machine does about it, and that it would not without its guard.

mod table;

use keystead_sim::model::Model;
use keystead_sim::{Sabotage, run_scenario};
use table::{ROWS, Row};

const SEED: u64 = 1;

fn play(row: &Row, sabotage: Option<Sabotage>) -> (Model, Result<(), String>) {
    let (scenario, script) = (row.world)();
    let model = run_scenario(scenario, SEED, script, sabotage);
    let found = match &model.violation {
        Some(violation) => Err(violation.to_string()),
        None => (row.check)(&model),
    };
    (model, found)
}

fn holds(name: &str) {
    let row = ROWS.iter().find(|row| row.name == name).unwrap();
    let (model, found) = play(row, None);
    if let Err(why) = found {
        panic!("{name}: {why}\n{}", model.trace.unwrap_or_default().join("\n"));
    }
}

macro_rules! rows {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name));
        })*

        #[test]
        fn every_row_has_a_test() {
            let named = [$(stringify!($name)),*];
            assert_eq!(ROWS.map(|row| row.name), named);
        }
    };
}

rows! {
    crash_before_the_creation_left
    crash_after_the_creation_with_the_secret_lost
    crash_after_the_creation_at_the_own_authority
    the_secret_is_not_stored_and_its_key_not_taken_back
    crash_while_the_new_key_is_tried
    the_new_key_is_never_accepted
    the_new_key_belongs_to_somebody_else
    another_region_knows_the_new_key_later
    crash_in_the_middle_of_a_delivery
    one_target_fails
    the_application_does_not_take_the_key_up
    one_consumer_is_refused_with_the_new_key
    the_old_key_is_still_used_at_the_deadline
    a_consumer_runs_too_rarely
    the_other_slot_is_our_own_leftover
    the_other_slot_is_an_inactive_key_of_somebody_else
    the_other_slot_is_an_active_key_nobody_uses
    both_keys_are_in_use
    there_are_more_than_two_keys
    throttled_for_hours
    the_quota_is_reached_after_all
    the_clocks_are_apart
    the_clock_leaps_forward
    listings_lag_behind
    the_endpoint_is_down_for_a_day
    the_evidence_is_blind_for_hours
    somebody_else_rotates_at_the_same_time
    the_new_key_is_deleted_by_somebody_else
    the_old_key_is_deleted_by_somebody_else
    a_permission_is_taken_away
    the_key_is_our_own
    a_person_carries_the_key_late
    the_principal_is_quarantined
    the_disk_is_full
    a_brownout_finds_a_hidden_consumer
    crash_in_the_middle_of_a_brownout
    a_leak_is_contained_at_once
    a_leak_is_replaced_then_contained
    a_freeze_holds_and_goes_on_by_itself
    each_step_waits_for_its_yes
}

#[test]
fn every_row_fails_without_its_guard() {
    let kept: Vec<_> =
        ROWS.iter().filter(|row| play(row, Some(row.without)).1.is_ok()).map(|row| row.name).collect();
    assert!(kept.is_empty(), "nothing is wrong without the guard of: {kept:#?}");
}

#[test]
fn two_engines_are_one_because_the_journal_is_fenced() {
    let outcome = |is_unfenced: bool| {
        let found = |seed: u64| {
            let (mut scenario, _) = (ROWS.first().unwrap().world)();
            (scenario.crash_at, scenario.has_second_runner) = (None, true);
            scenario.is_unfenced = is_unfenced;
            run_scenario(scenario, seed, Vec::new(), None).violation.is_some()
        };
        (0..100).any(found)
    };
    assert!(!outcome(false));
    assert!(outcome(true), "a stale runner does no harm even without the fence");
}

/// The process dies before and after each effect of each kind of rotation, and it comes to the same end.
#[test]
fn a_crash_before_and_after_each_effect_changes_nothing_in_the_end() {
    for (name, (scenario, script)) in table::courses() {
        let whole = run_scenario(scenario.clone(), SEED, script.clone(), None);
        let end = |model: &Model| model.rotation().map(|r| r.state.name());
        assert_eq!(whole.violation, None, "{name}");
        for number in 1..=whole.effects {
            for moment in table::MOMENTS {
                let mut scenario = scenario.clone();
                scenario.crash_at = Some((number, moment));
                let model = run_scenario(scenario, SEED, script.clone(), None);
                let what = format!("{name}: died {moment:?} effect {number}");
                assert_eq!(model.violation, None, "{what}");
                assert_eq!(
                    end(&model),
                    end(&whole),
                    "{what}\n{}",
                    model.trace.unwrap_or_default().join("\n")
                );
            }
        }
    }
}
