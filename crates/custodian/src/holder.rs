//! Deployments and workloads as operations name and find them: what holds inputs is one or the other.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::Context;
use keystead_gate::authenticate::workload_arn;
use keystead_store::Tx;
use keystead_store::workloads::{Deployment, Workload};

use crate::source::is_name;

/// A deployment or a workload by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A deployment.
    Deployment(String),
    /// A workload.
    Workload(String),
}

/// A deployment or a workload that is there.
pub struct Holder {
    /// Its id.
    pub id: String,
    /// The id of the deployment it inherits from.
    pub deployment_id: Option<String>,
}

impl Named {
    /// Which of the two an input names.
    pub fn of(workload: Option<String>, deployment: Option<String>) -> Result<Self> {
        match (workload, deployment) {
            (Some(workload), None) => Ok(Self::Workload(workload)),
            (None, Some(deployment)) => Ok(Self::Deployment(deployment)),
            _ => Err(Fault::ValidationError("Give one of `workload` and `deployment`.".to_owned())),
        }
    }

    /// What policies know it by. An input that names neither or both is about any of them, until it is refused.
    pub fn arn_of(cx: &Context, workload: Option<&str>, deployment: Option<&str>) -> Arn {
        match (workload, deployment) {
            (Some(workload), None) => workload_arn(cx.account(), workload),
            (None, Some(deployment)) => deployment_arn(cx, deployment),
            _ => workload_arn(cx.account(), "*"),
        }
    }

    /// The one of that name.
    pub fn get(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<Holder> {
        Ok(match self {
            Self::Deployment(name) => Holder { id: deployment(tx, cx, name)?.id, deployment_id: None },
            Self::Workload(name) => {
                let workload = workload(tx, cx, name)?;
                Holder { id: workload.id, deployment_id: workload.deployment_id }
            }
        })
    }
}

/// The ARN of a deployment in policies.
pub fn deployment_arn(cx: &Context, name: &str) -> Arn {
    Arn::keystead(cx.account(), &format!("deployment/{name}"))
}

/// The deployment of that name.
pub fn deployment(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<Deployment> {
    let found = tx.workloads().find_deployment(cx.account(), name)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no deployment {name}.")))
}

/// The workload of that name.
pub fn workload(tx: &mut Tx<'_>, cx: &Context, name: &str) -> Result<Workload> {
    let found = tx.workloads().find(cx.account(), name)?;
    found.ok_or_else(|| Fault::NoSuchEntity(format!("There is no workload {name}.")))
}

/// Refuses what cannot be a name of either.
pub fn check_name(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Fault::ValidationError("`name` has 1 to 128 letters, digits or characters of +=,.@_-.".to_owned()))
}
