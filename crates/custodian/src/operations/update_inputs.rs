//! UpdateInputs: sets inputs of a deployment or a workload, all or none. Who selects a stored credential needs to be
//! allowed to use it, and who selects a generated one also to grant it; neither is shown it.

use std::collections::{BTreeMap, BTreeSet};

use keystead_aws::error::{Fault, Result};
use keystead_core::{Arn, Quota};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::inputs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::holder::Named;
use crate::source::Source;
use crate::workload::{INPUT_NAME, is_input_name};
use crate::{connection, generated, stored};

/// UpdateInputs.
pub struct UpdateInputs;

/// Whose, and which.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The workload whose inputs are set.
    pub workload: Option<String>,
    /// Or the deployment.
    pub deployment: Option<String>,
    /// The inputs by name, each with where its value comes from; `inherit` takes one away. Others stay as they are.
    pub inputs: BTreeMap<String, String>,
}

/// Inputs that can be right.
pub struct Wanted {
    holder: Named,
    inputs: BTreeMap<String, Source>,
}

/// What was set.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The inputs that were set or taken away, by name.
    pub inputs: Vec<Set>,
}

/// An input as it was set.
#[derive(Debug, Serialize, ToSchema)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub source: String,
}

/// The most inputs set at once.
const INPUTS_MAX: usize = 200;

impl Operation for UpdateInputs {
    type Input = Input;
    type Prepared = Wanted;
    type Output = Output;
    const NAME: &'static str = "UpdateInputs";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Input) -> Result<Arn> {
        Ok(Named::arn_of(cx, input.workload.as_deref(), input.deployment.as_deref()))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Wanted> {
        let holder = Named::of(input.workload, input.deployment)?;
        if !(1..=INPUTS_MAX).contains(&input.inputs.len()) {
            return Err(Fault::ValidationError(format!("`inputs` has 1 to {INPUTS_MAX} inputs.")));
        }
        let inputs = input.inputs.into_iter().map(read).collect::<Result<BTreeMap<_, _>>>()?;
        let names: BTreeSet<&str> = inputs.values().flat_map(Source::credentials).collect();
        for name in names {
            let credential = stored::arn(cx, name);
            cx.authorize("keystead:UseStoredCredential", &credential, &ContextKeys::default())?;
            if generated::is_reserved(name) {
                cx.authorize("keystead:GrantStoredCredential", &credential, &ContextKeys::default())?;
            }
        }
        for cloud_account in inputs.values().flat_map(Source::ssh_keys) {
            let cloud_account = connection::arn(cx.account(), cloud_account);
            cx.authorize("keystead:UseSshKey", &cloud_account, &ContextKeys::default())?;
        }
        Ok(Wanted { holder, inputs })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, wanted: &Wanted) -> Result<Output> {
        tx.lock_account(cx.account())?;
        let holder = wanted.holder.get(tx, cx)?;
        for (name, source) in &wanted.inputs {
            put(tx, cx, &holder.id, name, source)?;
        }
        let count = tx.inputs().list(cx.account(), &holder.id)?.len() as u64;
        cx.check_quota(Quota::Inputs, count)?;
        let set =
            wanted.inputs.iter().map(|(name, source)| Set { name: name.clone(), source: source.to_string() });
        Ok(Output { inputs: set.collect() })
    }
}

impl RestOperation for UpdateInputs {
    const ROUTE: Route = Route { method: "PUT", path: "/api/v1/inputs" };
}

/// An input as it was asked for; one that is not right is told by its name.
fn read((name, notation): (String, String)) -> Result<(String, Source)> {
    if !is_input_name(&name) {
        return Err(Fault::ValidationError(format!(
            "An input of `inputs` has a name it cannot have. {INPUT_NAME}"
        )));
    }
    match notation.parse() {
        Ok(source) => Ok((name, source)),
        Err(wrong) => Err(Fault::ValidationError(format!("The input `{name}` is not right: {wrong}."))),
    }
}

fn put(tx: &mut Tx<'_>, cx: &Context, holder_id: &str, name: &str, source: &Source) -> Result<()> {
    if *source == Source::Inherit {
        return Ok(tx.inputs().delete(holder_id, name)?);
    }
    let credentials = source.credentials();
    for credential in &credentials {
        if tx.stored_credentials().find(cx.account(), credential)?.is_none() {
            return Err(Fault::NoSuchEntity(format!(
                "The input `{name}` selects {credential}, and there is no stored credential of exactly this name."
            )));
        }
    }
    let input = inputs::Input {
        name: name.to_owned(),
        source: source.to_string(),
        set_by: cx.caller.arn().to_string(),
        set_at: cx.now,
    };
    Ok(tx.inputs().put(cx.account(), holder_id, &input, &credentials)?)
}
