//! ListEndings: which certificates and passwords of the account end soon, or ended a short while ago.

use std::ops::Range;
use std::time::Duration;

use keystead_aws::error::Result;
use keystead_core::{Arn, Timestamp};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::endings::Ending;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// ListEndings.
pub struct ListEndings;

/// Nothing is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// What ends within thirty days, a password within fifteen; or ended as many days ago.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The first first, at most twenty of a kind.
    pub endings: Vec<Shown>,
}

/// Something that ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    /// `signing_certificate`, `server_certificate` or `password`.
    pub kind: &'static str,
    /// The id of a signing certificate, the name of a server certificate; absent of a password.
    pub name: Option<String>,
    /// The user it is of; absent of the root user's, and of server certificates.
    pub user_name: Option<String>,
    /// When it ends.
    pub ends_at: String,
}

const OF_A_KIND: i64 = 20;
const DAY: Duration = Duration::from_hours(24);
const CERTIFICATE_DAYS: u32 = 30;
/// As long as people are told of it when they sign in.
const PASSWORD_DAYS: u32 = 15;

impl Operation for ListEndings {
    type Input = Input;
    type Prepared = ();
    type Output = Output;
    const NAME: &'static str = "ListEndings";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "identity/*"))
    }

    fn prepare(_: &Context, _: Input) -> Result<()> {
        Ok(())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (): &()) -> Result<Output> {
        let account = cx.account();
        let certificates = around(cx.now, CERTIFICATE_DAYS);
        let signing = tx.endings().list_signing_certificates(account, &certificates, OF_A_KIND)?;
        let server = tx.endings().list_server_certificates(account, &certificates, OF_A_KIND)?;
        let mut found: Vec<(Timestamp, &'static str, Ending)> = Vec::new();
        found.extend(signing.into_iter().map(|one| (one.at, "signing_certificate", one)));
        found.extend(server.into_iter().map(|one| (one.at, "server_certificate", one)));
        let policy = tx.password_policies().in_force(account)?;
        if let Some(days) = policy.max_age_days.and_then(|days| u32::try_from(days).ok()) {
            let age = DAY.saturating_mul(days);
            let ends = around(cx.now, PASSWORD_DAYS);
            let set = ends.start.minus(age)..ends.end.minus(age);
            let passwords = tx.endings().list_passwords(account, &set, OF_A_KIND)?;
            found.extend(passwords.into_iter().map(|one| (one.at.plus(age), "password", one)));
        }
        found.sort_by_key(|(at, ..)| *at);
        let shown = found.into_iter().map(|(at, kind, one)| Shown {
            kind,
            name: one.name,
            user_name: one.user_name,
            ends_at: at.to_iso8601(),
        });
        Ok(Output { endings: shown.collect() })
    }
}

impl RestOperation for ListEndings {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/endings" };
}

/// So many days before and after.
fn around(now: Timestamp, days: u32) -> Range<Timestamp> {
    let span = DAY.saturating_mul(days);
    now.minus(span)..now.plus(span)
}
