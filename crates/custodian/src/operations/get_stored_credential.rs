//! GetStoredCredential: one stored credential: never its value, but where it is used and to whom it is granted.

use std::collections::BTreeMap;

use keystead_aws::error::Result;
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stored::{self, Shown};

/// GetStoredCredential.
pub struct GetStoredCredential;

/// Which.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name.
    pub credential: String,
}

/// A stored credential and what it is used for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The credential.
    #[serde(flatten)]
    pub credential: Shown,
    /// Its tags, by key.
    pub tags: BTreeMap<String, String>,
    /// The inputs that select it, at most 1,000.
    pub used_by: Vec<Use>,
    /// To whom it is granted, where it is generated; at most 1,000.
    pub granted_to: Vec<Holder>,
}

/// An input that selects a credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct Use {
    /// Whose input it is.
    #[serde(flatten)]
    pub holder: Holder,
    /// The input's name.
    pub input: String,
}

/// A deployment or a workload; the other one is absent.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holder {
    /// A deployment's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<String>,
    /// A workload's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<String>,
}

const SHOWN_MAX: i64 = 1000;

impl From<keystead_store::inputs::HolderName> for Holder {
    fn from(row: keystead_store::inputs::HolderName) -> Self {
        let (deployment, workload) =
            if row.kind == "deployment" { (Some(row.name), None) } else { (None, Some(row.name)) };
        Self { deployment, workload }
    }
}

impl Operation for GetStoredCredential {
    type Input = Input;
    type Prepared = Input;
    type Output = Output;
    const NAME: &'static str = "GetStoredCredential";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Input> {
        Ok(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, input: &Input) -> Result<Output> {
        let credential = stored::get(tx, cx, &input.credential)?;
        let uses = tx.inputs().list_uses(cx.account(), &credential.name, SHOWN_MAX)?;
        let grants = tx.inputs().list_grants(cx.account(), &credential.id, SHOWN_MAX)?;
        Ok(Output {
            tags: stored::tags_of(tx, cx, &credential.id)?,
            used_by: uses
                .into_iter()
                .map(|used| Use { holder: used.holder.into(), input: used.input })
                .collect(),
            granted_to: grants.into_iter().map(Into::into).collect(),
            credential: Shown::of(credential, cx.now),
        })
    }
}

impl RestOperation for GetStoredCredential {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/stored-credentials/{credential}" };
}
