//! What is lost with a connected account that is deleted.

use keystead_aws::error::Result;
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use serde::Serialize;
use utoipa::ToSchema;

use crate::generated::Part;

/// Things that are named: inputs of one credential, private keys.
const NAMED_MAX: i64 = 100;

/// What a deletion leaves as it is.
pub const STAYS: &str = "Everything in the account at the cloud stays as it is, and is billed as before. The account can \
                         be connected again; what was known of it here does not come back.";

/// Something that is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Loss {
    /// What it is.
    pub what: &'static str,
    /// How many there are.
    pub count: usize,
    /// Their names, where they have some, or who would miss them.
    pub names: Vec<String>,
}

/// What would be lost now.
pub fn of(tx: &mut Tx<'_>, cloud: &CloudAccount) -> Result<Vec<Loss>> {
    let (account, id) = (cloud.account, &cloud.id);
    let regions = tx.cloud_regions().list(account, id)?;
    let former = tx.cloud_accounts().find_former(account, id, cloud.version)?;
    let mut losses = vec![
        Loss {
            what: "credentials in use, of which Keystead may hold the only copy",
            count: 1,
            names: vec![cloud.principal_arn.clone()],
        },
        Loss {
            what: "former credentials, kept for a way back",
            count: usize::from(former.is_some()),
            names: former.into_iter().map(|former| former.principal_arn).collect(),
        },
        Loss {
            what: "regions with their status and history",
            count: regions.len(),
            names: regions.into_iter().map(|region| region.name).collect(),
        },
    ];
    losses.extend(generated(tx, cloud)?);
    losses.extend(found(tx, cloud)?);
    Ok(losses.into_iter().filter(|loss| loss.count > 0).collect())
}

/// The generated credentials, and the inputs that would go without their values.
fn generated(tx: &mut Tx<'_>, cloud: &CloudAccount) -> Result<[Loss; 2]> {
    let (mut names, mut users) = (Vec::new(), Vec::new());
    for name in Part::ALL.map(Part::name) {
        let found = tx.stored_credentials().find(cloud.account, name)?;
        if found.is_some_and(|found| found.kind.cloud_account_id() == Some(&cloud.id)) {
            let uses = tx.inputs().list_uses(cloud.account, name, NAMED_MAX)?;
            users.extend(uses.into_iter().map(|used| {
                format!("{} of the {} {} ({name})", used.input, used.holder.kind, used.holder.name)
            }));
            names.push(name.to_owned());
        }
    }
    Ok([
        Loss { what: "generated credentials", count: names.len(), names },
        Loss { what: "inputs that select one of them", count: users.len(), names: users },
    ])
}

/// What was found at the cloud, and the private keys of what was made there.
fn found(tx: &mut Tx<'_>, cloud: &CloudAccount) -> Result<[Loss; 2]> {
    let kinds = tx.cloud_resources().count_kinds(cloud.account, &cloud.id)?;
    let keys = tx.cloud_ssh_keys().list(cloud.account, &cloud.id, "", NAMED_MAX)?;
    let kept: Vec<String> = keys
        .into_iter()
        .filter(|key| key.created_by.is_some())
        .map(|key| format!("{} in {}", key.name, key.region))
        .collect();
    Ok([
        Loss {
            what: "resources known, with when they were first seen",
            count: kinds.iter().map(|(_, count)| usize::try_from(*count).unwrap_or_default()).sum(),
            names: kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect(),
        },
        Loss {
            what: "private keys of SSH key pairs, of which nobody else may have a copy",
            count: kept.len(),
            names: kept,
        },
    ])
}
