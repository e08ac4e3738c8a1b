//! ListRotations: the rotations of the account, the newest first.

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Timestamp};
use keystead_gate::json::{After, PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::rotations::{RotationCursor, RotationRecord};
use serde::Serialize;
use utoipa::ToSchema;

/// ListRotations.
pub struct ListRotations;

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The rotations, newest first.
    pub rotations: Vec<Line>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// A rotation in a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    rotation_id: String,
    credential: String,
    state: String,
    started_at: String,
    finished_at: Option<String>,
}

impl Operation for ListRotations {
    type Input = After;
    type Prepared = Option<RotationCursor>;
    type Output = Output;
    const NAME: &'static str = "ListRotations";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &After) -> Result<Arn> {
        Ok(Arn::keystead(cx.account(), "rotation/*"))
    }

    fn prepare(_: &Context, input: After) -> Result<Option<RotationCursor>> {
        let wrong = || Fault::ValidationError("`after` is not the `next` of a page.".to_owned());
        input.after.map(|text| parse(&text).ok_or_else(wrong)).transpose()
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, after: &Option<RotationCursor>) -> Result<Output> {
        let found = tx.rotations().list(cx.account(), after.as_ref(), PAGE as i64)?;
        let next = next_page(&found, |r| format!("{}.{}", r.created_at.micros(), r.id));
        let mut rotations = Vec::with_capacity(found.len());
        for record in found {
            rotations.push(line(tx, cx, record)?);
        }
        Ok(Output { rotations, next })
    }
}

impl RestOperation for ListRotations {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/rotations" };
}

fn parse(text: &str) -> Option<RotationCursor> {
    let (at, id) = text.split_once('.')?;
    Some(RotationCursor { created_at: Timestamp::from_micros(at.parse().ok()?), id: id.to_owned() })
}

fn line(tx: &mut Tx<'_>, cx: &Context, record: RotationRecord) -> Result<Line> {
    let credential = tx.custody().find(cx.account(), &record.credential_id)?;
    Ok(Line {
        credential: credential.map_or(record.credential_id, |credential| credential.name),
        rotation_id: record.id,
        state: record.state,
        started_at: record.created_at.to_iso8601(),
        finished_at: record.finished_at.map(Timestamp::to_iso8601),
    })
}
