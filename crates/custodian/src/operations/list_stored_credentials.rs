//! ListStoredCredentials: the stored credentials without their values; generated ones where they are asked for.

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::json::{PAGE, next_page};
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stored::{self, Shown};

/// ListStoredCredentials.
pub struct ListStoredCredentials;

/// Which kind, and where to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Whether to list the generated ones instead of those that people made.
    #[serde(default)]
    pub generated: Generated,
    /// The name after which to begin: `next` of the page before.
    pub after: Option<String>,
}

/// A truth value as it stands in a query string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Generated {
    /// Those generated for connected clouds.
    True,
    /// Those that people made.
    #[default]
    False,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The credentials, by name.
    pub stored_credentials: Vec<Shown>,
    /// Where the next page begins; absent at the end.
    pub next: Option<String>,
}

impl Operation for ListStoredCredentials {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "ListStoredCredentials";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, "*"))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let kind = if input.generated == Generated::True { "generated" } else { "user" };
        let found = tx.stored_credentials().list(cx.account(), kind, input.after.as_deref(), PAGE as i64)?;
        let next = next_page(&found, |last| last.name.clone());
        let shown = found.into_iter().map(|row| Shown::of(row, cx.now)).collect();
        Ok(Output { stored_credentials: shown, next })
    }
}

impl RestOperation for ListStoredCredentials {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/stored-credentials" };
}
