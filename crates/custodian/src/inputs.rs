//! The inputs of a workload: what it is given by itself and by its deployment, whether it can be given it, and the
//! values. Everything is looked up at the moment it is needed; nothing is kept for later.

use std::collections::{BTreeMap, BTreeSet};

use keystead_aws::error::{Fault, Result};
use keystead_core::{SecretString, Timestamp};
use keystead_gate::Context;
use keystead_store::Tx;
use keystead_store::inputs::Input;
use keystead_store::stored_credentials::{StoredCredential, StoredKind};
use keystead_store::workloads::Workload;

use crate::source::Source;
use crate::{generated, ssh_keys, stored};

/// An input as it is in force for a workload.
pub struct Effective {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
    /// Whether the deployment says so, and not the workload itself.
    pub inherited: bool,
}

/// Why an input cannot be given.
pub struct Missing {
    /// The input.
    pub name: String,
    /// The reason, as the end of a sentence.
    pub reason: String,
}

/// A value before it is opened.
pub enum Located {
    /// Not set.
    Absent,
    /// A text that is no secret.
    Plain(String),
    /// A variable of the machine.
    Machine(String),
    /// A stored credential.
    Stored(StoredCredential),
    /// Private material of an SSH key.
    Key(SecretString),
    /// Several.
    Array(Vec<Self>),
}

/// All inputs of a workload.
#[derive(Default)]
pub struct Survey {
    /// Those it can be given.
    pub located: Vec<(Effective, Located)>,
    /// Those it cannot be given.
    pub missing: Vec<Missing>,
}

/// What stands behind a source, or why nothing can be given, as the end of a sentence.
type Found = std::result::Result<Located, String>;

/// The inputs that were set on a deployment or workload.
pub fn own(tx: &mut Tx<'_>, cx: &Context, holder_id: &str) -> Result<BTreeMap<String, Source>> {
    let read = |input: Input| {
        let source = input.source.parse().map_err(|error| {
            Fault::internal(format!("input {} of {holder_id} cannot be read: {error}", input.name))
        })?;
        Ok((input.name, source))
    };
    tx.inputs().list(cx.account(), holder_id)?.into_iter().map(read).collect()
}

/// The inputs in force for a workload, by name: its own, and for the rest its deployment's.
pub fn effective(tx: &mut Tx<'_>, cx: &Context, workload: &Workload) -> Result<Vec<Effective>> {
    let mut inputs = BTreeMap::new();
    let holders = workload.deployment_id.iter().map(|id| (id, true)).chain([(&workload.id, false)]);
    for (holder_id, inherited) in holders {
        for (name, source) in own(tx, cx, holder_id)? {
            inputs.insert(name.clone(), Effective { name, source, inherited });
        }
    }
    Ok(inputs.into_values().collect())
}

/// Holds the workload and the credentials that its inputs select until the end of the transaction: what is deleted
/// or taken back meanwhile waits for it, and is given to nobody afterwards.
pub fn hold(tx: &mut Tx<'_>, cx: &Context, workload: &Workload) -> Result<()> {
    tx.lock_workload(cx.account(), &workload.id)?;
    let inputs = effective(tx, cx, workload)?;
    let names: BTreeSet<&str> = inputs.iter().flat_map(|input| input.source.credentials()).collect();
    for name in names {
        tx.lock_stored_credential(cx.account(), name)?;
    }
    Ok(())
}

/// Every input of a workload with what stands behind it, and those that cannot be given, each with its reason.
pub fn locate_all(tx: &mut Tx<'_>, cx: &Context, workload: &Workload) -> Result<Survey> {
    let inputs = effective(tx, cx, workload)?;
    let Survey { mut located, mut missing } = Survey::default();
    for input in inputs {
        match locate(tx, cx, workload, &input.source)? {
            Ok(Located::Absent) => {}
            Ok(found) => located.push((input, found)),
            Err(reason) => missing.push(Missing { name: input.name, reason }),
        }
    }
    let is_set = |name: &String| located.iter().any(|(input, _)| input.name == *name);
    let is_told = |name: &String| missing.iter().any(|missing| missing.name == *name);
    let unset = workload.required.iter().filter(|name| !is_set(name) && !is_told(name));
    let unset: Vec<Missing> = unset
        .map(|name| Missing { name: name.clone(), reason: "it is required and not set".to_owned() })
        .collect();
    missing.extend(unset);
    Ok(Survey { located, missing })
}

/// What stands behind a source, or why nothing can be given.
fn locate(tx: &mut Tx<'_>, cx: &Context, workload: &Workload, source: &Source) -> Result<Found> {
    Ok(Ok(match source {
        Source::Text(text) => Located::Plain(text.clone()),
        Source::Blank => Located::Plain(String::new()),
        Source::Ignore | Source::Inherit => Located::Absent,
        Source::Machine(variable) => Located::Machine(variable.clone()),
        Source::Neighbour { workload: neighbour, input } => {
            return locate_at_neighbour(tx, cx, workload, neighbour, input);
        }
        Source::Credential(name) => return locate_credential(tx, cx, workload, name),
        Source::Key { id, cloud_account } => {
            let material = ssh_keys::material(tx, cx, id, cloud_account.as_deref())?;
            return Ok(material.map(Located::Key));
        }
        Source::Array(elements) => {
            let mut located = Vec::new();
            for element in elements {
                match locate(tx, cx, workload, element)? {
                    Ok(found) => located.push(found),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
            Located::Array(located)
        }
    }))
}

fn locate_credential(tx: &mut Tx<'_>, cx: &Context, workload: &Workload, name: &str) -> Result<Found> {
    let Some(credential) = tx.stored_credentials().find(cx.account(), name)? else {
        return Ok(Err(format!("there is no stored credential {name}")));
    };
    if stored::is_expired(&credential, cx.now) {
        let at = credential.expires_at.map(Timestamp::to_iso8601).unwrap_or_default();
        return Ok(Err(format!("the stored credential {name} expired at {at}")));
    }
    if let StoredKind::Generated { cloud_account_id } = &credential.kind {
        let mut granted = false;
        for holder_id in [Some(&workload.id), workload.deployment_id.as_ref()].into_iter().flatten() {
            granted |= tx.inputs().is_granted(&credential.id, holder_id)?;
        }
        if !granted {
            return Ok(Err(format!(
                "the generated credential {name} is granted neither to this workload nor to its deployment"
            )));
        }
        if !generated::has_value(tx, cx, name, cloud_account_id)? {
            return Ok(Err(format!("the connected cloud account has nothing for {name} any more")));
        }
    }
    Ok(Ok(Located::Stored(credential)))
}

/// The text of an input of another workload. Secrets do not pass between workloads this way.
fn locate_at_neighbour(
    tx: &mut Tx<'_>,
    cx: &Context,
    workload: &Workload,
    neighbour: &str,
    input: &str,
) -> Result<Found> {
    let found = tx.workloads().find(cx.account(), neighbour)?;
    let is_near =
        |other: &Workload| other.deployment_id.is_some() && other.deployment_id == workload.deployment_id;
    let Some(other) = found.filter(is_near) else {
        return Ok(Err(format!("there is no workload {neighbour} in the same deployment")));
    };
    let theirs = effective(tx, cx, &other)?.into_iter().find(|theirs| theirs.name == input);
    Ok(match theirs.map(|theirs| theirs.source) {
        Some(Source::Text(text)) => Ok(Located::Plain(text)),
        Some(Source::Blank) => Ok(Located::Plain(String::new())),
        Some(_) => Err(format!("the input {input} of the workload {neighbour} is no plain text")),
        None => Err(format!("the workload {neighbour} has no input {input}")),
    })
}

impl Located {
    /// Whether it holds a secret.
    pub fn is_sensitive(&self) -> bool {
        match self {
            Self::Absent | Self::Plain(_) | Self::Machine(_) => false,
            Self::Stored(_) | Self::Key(_) => true,
            Self::Array(elements) => elements.iter().any(Self::is_sensitive),
        }
    }

    /// The value. Each credential that is opened for it is entered as read by the caller.
    pub fn open(&self, tx: &mut Tx<'_>, cx: &Context) -> Result<SecretString> {
        match self {
            Self::Absent | Self::Machine(_) => Ok(SecretString::default()),
            Self::Plain(text) => Ok(text.clone().into()),
            Self::Key(material) => Ok(material.clone()),
            Self::Stored(credential) => open_credential(tx, cx, credential),
            Self::Array(elements) => {
                let mut values = Vec::new();
                for element in elements {
                    values.push(element.open(tx, cx)?);
                }
                let values: Vec<&str> = values.iter().map(|value| value.expose().as_str()).collect();
                serde_json::to_string(&values).map(Into::into).map_err(Fault::internal)
            }
        }
    }
}

fn open_credential(tx: &mut Tx<'_>, cx: &Context, credential: &StoredCredential) -> Result<SecretString> {
    let (version, value) = match &credential.kind {
        StoredKind::User => (credential.version, stored::open(tx, cx, credential, credential.version)?),
        StoredKind::Generated { cloud_account_id } => {
            let value = generated::value(tx, cx, &credential.name, cloud_account_id)?;
            value.ok_or_else(|| Fault::internal(format!("{} has no value", credential.name)))?
        }
    };
    tx.stored_credentials().insert_read(&credential.id, version, cx.caller.arn().as_str(), cx.now)?;
    Ok(value)
}
