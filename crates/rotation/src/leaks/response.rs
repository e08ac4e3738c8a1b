//! What is done about a leaked key: it is switched off now with its sessions, or replaced first, or the report is
//! dismissed. Somebody says so, or the operator has for every key whose secret is reported.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccessKey, AccessKeyId, AccountId, KeyId, KeyStatus, Timestamp};
use keystead_gate::Gate;
use keystead_gate::ring::{OwnerId, Principal};
use keystead_store::custody::ManagedCredential;
use keystead_store::leak_reports::{LeakReport, LeakState};
use keystead_store::{Touched, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use super::desk::CHECK_AFTER;
use super::{honey, reach};
use crate::embedded::journal;
use crate::machine::{Emergency, Order, Rotation};
use crate::managed;
use crate::profile::Profile;

/// What to do about a leaked key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contain {
    /// Switch it off at once, and end its sessions. Whoever uses it is interrupted.
    Now,
    /// Give its consumers another key first. Only for managed credentials.
    AfterReplacement,
    /// Nothing: the report is mistaken or does not matter.
    Dismiss,
}

/// An answer to a report.
pub struct Answer<'a> {
    /// Where the key's owner is known.
    pub gate: &'a Gate,
    /// What to do. Where it is not said: now for the key of an administrator or of the root user and for a key that
    /// nobody manages, else after replacement.
    pub contain: Option<Contain>,
    /// Why.
    pub reason: Option<&'a str>,
    /// Who says so.
    pub by: String,
    /// The id of the rotation that it may start.
    pub rotation_id: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What was done.
pub struct Done {
    /// The report, answered.
    pub report: LeakReport,
    /// The rotation that replaces the key.
    pub rotation_id: Option<String>,
    /// What to do next.
    pub next: String,
}

impl Answer<'_> {
    /// Does it; the account is locked.
    pub fn give(&self, tx: &mut Tx<'_>, report: LeakReport) -> Result<Done> {
        let (account, id) = (report.account, report.access_key_id);
        let key = tx.access_keys().find(account, id)?;
        let managed = tx.custody().find_by_key(account, KeyId::from(id))?;
        let contain = self.contain.unwrap_or_else(|| match &key {
            Some(key) if managed.is_some() && !self.is_administrator(key) => Contain::AfterReplacement,
            _ => Contain::Now,
        });
        let mut rotation_id = None;
        let (state, check_at, next) = match contain {
            Contain::Now => {
                contain_now(tx, account, id, key.as_ref(), self.now)?;
                let next = match &managed {
                    None => self.after_containing(key.as_ref(), &report),
                    Some(credential) => {
                        let id = self.replace(tx, credential, true)?;
                        let next =
                            format!("Its consumers are given another key: keystead rotate status {id}");
                        rotation_id = Some(id);
                        next
                    }
                };
                (LeakState::Contained, Some(self.now.plus(CHECK_AFTER)), next)
            }
            Contain::AfterReplacement => {
                let credential = managed.ok_or_else(|| not_managed(&report))?;
                let id = self.replace(tx, &credential, false)?;
                let next = format!("Both keys work until then: keystead rotate status {id}");
                rotation_id = Some(id);
                (LeakState::Replacing, Some(self.now), next)
            }
            Contain::Dismiss => (LeakState::Dismissed, None, "Nothing was changed.".to_owned()),
        };
        let report = LeakReport {
            state,
            check_at,
            answer: Some(self.reason.unwrap_or(state.as_str()).to_owned()),
            answered_by: Some(self.by.clone()),
            answered_at: Some(self.now),
            ..report
        };
        answer_all(tx, &report, contain)?;
        Ok(Done { report, rotation_id, next })
    }

    /// The emergency rotation of a credential: the one that is running, or a new one. Returns its id.
    fn replace(&self, tx: &mut Tx<'_>, credential: &ManagedCredential, contain_now: bool) -> Result<String> {
        let account = credential.account;
        if let Some(running) = tx.rotations().find_running(account, &credential.id)? {
            let row = journal::order_row(&Order::Emergency { contain_now }, self.by.clone(), self.now);
            tx.rotations().append_order(account, &running.id, &row)?;
            return Ok(running.id);
        }
        let mut rotation = Rotation::new(
            self.rotation_id.to_owned(),
            credential.id.clone(),
            managed::principal(self.gate, credential)?,
            credential.current_access_key_id,
            Profile::named(&credential.profile).unwrap_or_else(Profile::standard),
        );
        rotation.emergency = Some(Emergency { contain_now, ..Emergency::default() });
        Ok(journal::insert(tx, self.gate, account, rotation, self.now)?.id)
    }

    /// Whether the key's owner may do everything, so that minutes matter more than an interruption.
    fn is_administrator(&self, key: &AccessKey) -> bool {
        self.find_owner(key).is_none_or(|owner| reach::is_administrator(self.gate, &owner, self.now))
    }

    fn find_owner(&self, key: &AccessKey) -> Option<std::sync::Arc<Principal>> {
        self.gate.ring().find_principal(OwnerId::parse(&key.owner_id)?)
    }

    fn after_containing(&self, key: Option<&AccessKey>, report: &LeakReport) -> String {
        if report.source == honey::SOURCE {
            return "The key opens nothing. Find out how somebody came to read it, and what else lies there."
                .to_owned();
        }
        let Some(key) = key else {
            return "The key is gone already; its sessions have ended.".to_owned();
        };
        let id = report.access_key_id;
        let user = self.find_owner(key).filter(|owner| !owner.is_root());
        let user = user.map(|owner| format!(" --user-name {}", owner.name)).unwrap_or_default();
        format!("To put it back: aws iam update-access-key --access-key-id {id} --status Active{user}")
    }
}

/// Sessions first: they outlive the key's being switched off.
fn contain_now(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: AccessKeyId,
    key: Option<&AccessKey>,
    now: Timestamp,
) -> Result<()> {
    cut_sessions(tx, account, id, now)?;
    if let Some(key) = key {
        tx.access_keys().update_status(account, &key.owner_id, id, KeyStatus::Inactive)?;
        tx.touch(Touched::AccessKey(id));
    }
    Ok(())
}

/// Refuses the sessions that were made with a key until now: they would outlive its being switched off.
pub fn cut_sessions(
    tx: &mut Tx<'_>,
    account: AccountId,
    key: AccessKeyId,
    now: Timestamp,
) -> keystead_store::Result<()> {
    tx.session_revocations().put(account, &key.to_string(), now)?;
    tx.touch(Touched::Sessions { account, subject: key.to_string() });
    Ok(())
}

/// One answer is for every place at which the key was seen; a dismissal only for the one it is about.
fn answer_all(tx: &mut Tx<'_>, answered: &LeakReport, contain: Contain) -> Result<()> {
    tx.leak_reports().update(answered)?;
    if contain == Contain::Dismiss {
        return Ok(());
    }
    for other in tx.leak_reports().list_by_key(answered.account, answered.access_key_id)? {
        if other.state == LeakState::Open {
            let (state, check_at) = (answered.state, answered.check_at);
            let (answer, answered_by) = (answered.answer.clone(), answered.answered_by.clone());
            let answered_at = answered.answered_at;
            let other = LeakReport { state, check_at, answer, answered_by, answered_at, ..other };
            tx.leak_reports().update(&other)?;
        }
    }
    Ok(())
}

fn not_managed(report: &LeakReport) -> Fault {
    Fault::ValidationError(format!(
        "Nobody manages {}, so its consumers are not known and cannot be given another key. `contain` it `now`, or \
         take it under management first: keystead managed adopt",
        report.access_key_id
    ))
}
