//! Keys that were seen where they do not belong.
//!
//! Anybody may report ([`intake`]), and learns nothing by it: what comes is written down alike, whether or not there
//! is such a key, and looked at later ([`desk`]). Knowing an id switches nothing off: a report tells the owner,
//! and somebody who may decides ([`response`]), unless the operator has decided beforehand what becomes of a key whose
//! secret was reported. What the key did meanwhile is in [`traces`], what it could do in [`reach`]; which reports are GitHub's, in [`github`].
//! Keys that are laid out to be found, in [`honey`].

pub mod desk;
pub mod github;
pub mod honey;
pub mod intake;
pub mod payload;
pub mod reach;
pub mod response;
pub mod traces;

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccessKeyId, Arn, Timestamp};
use keystead_gate::ring::KeyEntry;
use keystead_gate::{Context, Gate};
use keystead_store::Tx;
use keystead_store::access_keys::secret_place;
use keystead_store::leak_reports::LeakReport;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

/// What a report holds, without the secret that may have come with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of a key, which may be nobody's.
    pub id: AccessKeyId,
    /// [`proof`] of the secret that came with it.
    pub proof: Option<String>,
}

/// What shows later that a report had the right secret. The checksum in a secret cannot show that, because whoever
/// has one key can reckon it for another; and a secret has too many random bits for its digest to be reversed.
pub fn proof(id: AccessKeyId, secret: &[u8]) -> String {
    let digest = Sha256::new().chain_update(b"keystead leak report\0").chain_update(id.to_string());
    hex::encode(digest.chain_update(secret).finalize())
}

/// Whether this is [`proof`] of the secret of a key.
fn is_right(gate: &Gate, entry: &KeyEntry, given: &str) -> Result<bool> {
    let place = secret_place(entry.principal.account, entry.id);
    let secret = gate.store().sealer().open(&place, entry.sealed.as_bytes())?;
    Ok(given.as_bytes().ct_eq(proof(entry.id, secret.expose()).as_bytes()).into())
}

/// What proves a report.
fn proven_by(report: &LeakReport) -> Option<&'static str> {
    match report {
        LeakReport { is_proven: true, .. } => Some("secret"),
        LeakReport { source, .. } if source == honey::SOURCE => Some("use"),
        LeakReport { sender, .. } => sender.as_ref().map(|_| "sender"),
    }
}

/// A report as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    report_id: String,
    access_key_id: String,
    state: String,
    is_proven: bool,
    /// `secret`: the right one came with the report. `sender`: GitHub has signed it; of the secret that says nothing.
    /// `use`: it is a honey key, and was used.
    proven_by: Option<&'static str>,
    source: String,
    url: String,
    reporter: String,
    reports: i64,
    exposed_at: String,
    reported_at: String,
    answer: Option<String>,
    answered_by: Option<String>,
    answered_at: Option<String>,
}

impl From<LeakReport> for Shown {
    fn from(report: LeakReport) -> Self {
        let proven_by = proven_by(&report);
        Self {
            report_id: report.id,
            access_key_id: report.access_key_id.to_string(),
            state: report.state.as_str().to_owned(),
            is_proven: proven_by.is_some(),
            proven_by,
            source: report.source,
            url: report.url,
            reporter: report.reporter,
            reports: report.reports,
            exposed_at: report.exposed_at.to_iso8601(),
            reported_at: report.reported_at.to_iso8601(),
            answer: report.answer,
            answered_by: report.answered_by,
            answered_at: report.answered_at.map(Timestamp::to_iso8601),
        }
    }
}

/// What the policy engine is asked about.
pub fn arn(cx: &Context, report_id: &str) -> Arn {
    Arn::keystead(cx.account(), &format!("leak-report/{report_id}"))
}

/// The report of this id, if it is about a key of the caller's account.
pub fn get(tx: &mut Tx<'_>, cx: &Context, report_id: &str) -> Result<LeakReport> {
    let found = tx.leak_reports().find(cx.account(), report_id)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no leak report {report_id}.")))
}

/// A time as it is given in a request.
pub fn parse_time(text: &str) -> Result<Timestamp> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| {
        Fault::ValidationError("`exposed_at` must be a time such as 2026-01-31T12:00:00Z.".to_owned())
    })
}
