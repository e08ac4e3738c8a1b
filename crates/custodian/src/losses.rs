//! What is lost with a connected account that is deleted.

use keystead_aws::error::Result;
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use serde::Serialize;
use utoipa::ToSchema;

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
    let losses = [
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
    Ok(losses.into_iter().filter(|loss| loss.count > 0).collect())
}
