//! The policy of rotation: [`step`] is pure and total, one match over the states.
//!
//! It is told what the world showed ([`Observation`]) and the time, and returns the changed document,
//! what explains the change, and the one next thing to do. Each state has its file. The way back is the
//! same road with the keys exchanged, so a [`Phase`] knows only a leaving and an arriving key
//! ([`course::Course`]).
//!
//! What it never does: take unknown for no, delete a key it did not record as its own, delete a key that
//! is active, make room by deleting, or deactivate because time has passed.

mod answers;
mod attend;
mod brownout;
mod command;
mod course;
mod creating;
mod deactivating;
mod deleting;
mod delivering;
mod document;
mod effect;
mod emergency;
mod explain;
mod learn;
mod observation;
mod preflight;
mod proving;
mod reactivating;
mod room;
mod state;
mod verifying;
mod watching;

use keystead_core::Timestamp;

pub use answers::Answering;
pub use attend::{intend, record};
pub use document::{
    Brownouts, Creation, Emergency, EvidenceRecord, Failures, Intent, Listing, Room, Rotation, Tried,
    Verdict, Verification,
};
pub use effect::{Action, Effect, Happening, Outcome, Step};
pub use explain::explain;
pub(crate) use explain::list;
pub use observation::{
    Answer, Command, EvidenceReport, Failure, Lease, ListedKey, Observation, Order, Place, Target, Use,
};
pub use preflight::{Finding, dry_run};
pub use state::{PauseReason, Phase, Principal, Question, RollbackReason, Stage, State};

use course::Work;

/// The next step of `rotation`, given what was observed at `now`.
pub fn step(rotation: &Rotation, observation: &Observation, now: Timestamp) -> Step {
    let mut work = Work::new(rotation, observation);
    if rotation.state.is_ended() {
        return work.into_step(Action::Finish);
    }
    learn::learn(&mut work, now);
    // A trial that has begun is ended whatever else is the matter, and a leak is contained in every state.
    let action = brownout::attend(&mut work)
        .or_else(|| command::obey(&mut work))
        .or_else(|| emergency::contain(&mut work))
        .or_else(|| work.hold())
        .unwrap_or_else(|| advance(&mut work));
    work.into_step(action)
}

/// The whole policy: what each state does.
fn advance(work: &mut Work<'_>) -> Action {
    match work.rotation.state.clone() {
        State::Preflight => preflight::advance(work),
        State::Creating => creating::advance(work),
        State::Staged => verifying::advance_staged(work),
        State::Verifying => verifying::advance(work),
        State::Delivering
        | State::Proving
        | State::Brownout
        | State::Deactivating
        | State::Watching
        | State::Deleting
        | State::RollingBack { .. } => advance_phase(work),
        State::Paused { .. } | State::Blocked { .. } => work.wait(),
        State::Done | State::RolledBack { .. } => Action::Finish,
    }
}

/// The states in which one key leaves and the other arrives.
fn advance_phase(work: &mut Work<'_>) -> Action {
    let Some((phase, course)) = work.course() else {
        // There is no second key: whatever was under way, there is nothing to go back from.
        return work.end();
    };
    match phase {
        Phase::Reactivating => reactivating::advance(work, course),
        Phase::Delivering => delivering::advance(work, course),
        Phase::Proving => proving::advance(work, course),
        Phase::Brownout => brownout::advance(work, course),
        Phase::Deactivating => deactivating::advance(work, course),
        Phase::Watching => watching::advance(work, course),
        Phase::Deleting => deleting::advance(work, course),
    }
}
