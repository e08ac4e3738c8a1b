//! GrantStoredCredential: lets a deployment's workloads, or one workload, be given a generated credential. Without
//! a grant no input delivers it, whoever set the input.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::stored_credentials::StoredKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::holder::Named;
use crate::stored;

/// GrantStoredCredential.
pub struct GrantStoredCredential;

/// What, and to whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The credential's name.
    pub credential: String,
    /// The workload that may be given it.
    pub workload: Option<String>,
    /// Or the deployment whose workloads may be given it.
    pub deployment: Option<String>,
}

/// A grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The credential's name.
    pub credential: String,
    /// The workload.
    pub workload: Option<String>,
    /// Or the deployment.
    pub deployment: Option<String>,
}

/// A credential's name and a holder.
pub struct Wanted {
    credential: String,
    holder: Named,
}

impl Wanted {
    /// The credential's name.
    pub(super) fn credential(&self) -> &str {
        &self.credential
    }

    /// The same as it is answered.
    pub(super) fn shown(&self) -> Output {
        let (workload, deployment) = match self.holder.clone() {
            Named::Workload(name) => (Some(name), None),
            Named::Deployment(name) => (None, Some(name)),
        };
        Output { credential: self.credential.clone(), workload, deployment }
    }

    pub(super) fn of(input: Input) -> Result<Self> {
        Ok(Self { credential: input.credential, holder: Named::of(input.workload, input.deployment)? })
    }

    /// The ids of both, where they are there.
    pub(super) fn find(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<(String, String)> {
        let credential = stored::get(tx, cx, &self.credential)?;
        if credential.kind == StoredKind::User {
            return Err(Fault::ValidationError(format!(
                "{} needs no grant: only generated credentials do. It goes to every workload whose inputs select it.",
                credential.name
            )));
        }
        Ok((credential.id, self.holder.get(tx, cx)?.id))
    }
}

impl Operation for GrantStoredCredential {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "GrantStoredCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(stored::arn(cx, &input.credential))
    }

    fn prepare(_: &Context, input: Input) -> Result<Wanted> {
        Wanted::of(input)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        tx.lock_account(cx.account())?;
        let (credential_id, holder_id) = wanted.find(tx, cx)?;
        let granted_by = cx.caller.arn();
        tx.inputs().put_grant(cx.account(), &credential_id, &holder_id, granted_by.as_str(), cx.now)?;
        Ok(wanted.shown())
    }
}

impl RestOperation for GrantStoredCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/stored-credentials/{credential}/grants" };
}
