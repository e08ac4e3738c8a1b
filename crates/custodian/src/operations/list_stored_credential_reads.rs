//! ListStoredCredentialReads: who was given the value of a stored credential, newest first.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stored;

/// ListStoredCredentialReads.
pub struct ListStoredCredentialReads;

/// Of which, and where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name.
    pub credential: String,
    /// The read after which to begin: `next` of the page before.
    pub after: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The reads, newest first.
    pub reads: Vec<Read>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

/// One time that somebody was given the value.
#[derive(Debug, Serialize, ToSchema)]
pub struct Read {
    /// Counts the reads of this credential.
    pub number: i64,
    /// The version that was given; of the connection's credentials where it is generated.
    pub version: i64,
    /// ARN of the person or workload.
    pub reader: String,
    /// When, RFC 3339.
    pub read_at: String,
}

impl Operation for ListStoredCredentialReads {
    type Input = Input;
    type Prepared = (String, i64);
    type Output = Output;
    const NAME: &'static str = "ListStoredCredentialReads";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<(String, i64)> {
        let before = match input.after {
            None => i64::MAX,
            Some(after) => after.parse().map_err(|_| {
                Fault::ValidationError("`after` is a number: `next` of the page before.".to_owned())
            })?,
        };
        Ok((input.credential, before))
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, (name, before): &(String, i64)) -> Result<Output> {
        let credential = stored::get(tx, cx, name)?;
        let found = tx.stored_credentials().list_reads(&credential.id, *before, PAGE as i64)?;
        let next = next_page(&found, |last| last.number.to_string());
        let reads = found.into_iter().map(|row| Read {
            number: row.number,
            version: row.version,
            reader: row.reader,
            read_at: row.at.to_iso8601(),
        });
        Ok(Output { reads: reads.collect(), next })
    }
}

impl RestOperation for ListStoredCredentialReads {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/stored-credentials/{credential}/reads" };
}
