//! Endpoints of clouds that the operator registered, and the installation's own keys at clouds.

use keystead_core::{AccountId, Timestamp};

use crate::error::{Result, StoreError};
use crate::sealing::{Place, Sealed};
use crate::sql::{Row, Sql};
use crate::tx::Tx;
use crate::value::values;

/// An endpoint as the operator registered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudEndpoint {
    /// What tenants call it.
    pub name: String,
    /// Which cloud's protocols it speaks.
    pub provider: String,
    /// Where it answers; `{service}` and `{region}` stand for what is asked.
    pub url: String,
    /// The partition of its ARNs.
    pub partition: String,
    /// Where its regions are asked for.
    pub region: String,
    /// Whether its word about account numbers is good enough to name an owner.
    pub names_owners: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// The installation's own key at a cloud, with which it assumes the roles of tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudIdentity {
    /// At which endpoint.
    pub endpoint: String,
    /// The key.
    pub access_key_id: String,
    /// Its secret; [`identity_place`] says where it opens.
    pub secret: Sealed,
    /// Who it is there, for trust policies.
    pub principal_arn: String,
    /// When it was set.
    pub created_at: Timestamp,
}

/// The repository of endpoints.
pub struct CloudEndpoints<'t> {
    sql: &'t mut dyn Sql,
}

/// Where the secret of the installation's own key is sealed for: no tenant's place.
pub fn identity_place(endpoint: &str) -> Result<Place> {
    let tenant = AccountId::from_number(0).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let row = endpoint.to_owned();
    Ok(Place { tenant, table: "cloud_identities", row, column: "secret_sealed", version: 1 })
}

impl Tx<'_> {
    /// Endpoints of clouds.
    pub fn cloud_endpoints(&mut self) -> CloudEndpoints<'_> {
        CloudEndpoints { sql: self.sql() }
    }
}

impl CloudEndpoints<'_> {
    /// Adds an endpoint; breaks `cloud_endpoints_pkey` where the name is taken.
    pub fn insert(&mut self, endpoint: &CloudEndpoint) -> Result<()> {
        self.sql.execute(
            "insert into cloud_endpoints (name, provider, url, partition_id, region, names_owners, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            values![
                &endpoint.name,
                &endpoint.provider,
                &endpoint.url,
                &endpoint.partition,
                &endpoint.region,
                endpoint.names_owners,
                endpoint.created_at,
            ],
        )?;
        Ok(())
    }

    /// The endpoint of that name.
    pub fn find(&mut self, name: &str) -> Result<Option<CloudEndpoint>> {
        self.sql.find(
            "select name, provider, url, partition_id, region, names_owners, created_at
             from cloud_endpoints where name = $1",
            values![name],
            endpoint,
        )
    }

    /// All of them, by name.
    pub fn list(&mut self) -> Result<Vec<CloudEndpoint>> {
        self.sql.list(
            "select name, provider, url, partition_id, region, names_owners, created_at
             from cloud_endpoints order by name",
            values![],
            endpoint,
        )
    }

    /// Deletes an endpoint; false where there is none.
    pub fn delete(&mut self, name: &str) -> Result<bool> {
        Ok(self.sql.execute("delete from cloud_endpoints where name = $1", values![name])? > 0)
    }

    /// Sets the installation's own key at an endpoint.
    pub fn put_identity(&mut self, identity: &CloudIdentity) -> Result<()> {
        self.sql.execute(
            "insert into cloud_identities (endpoint, access_key_id, secret_sealed, principal_arn, created_at)
             values ($1, $2, $3, $4, $5)
             on conflict (endpoint) do update set
                 access_key_id = $2, secret_sealed = $3, principal_arn = $4, created_at = $5",
            values![
                &identity.endpoint,
                &identity.access_key_id,
                identity.secret.as_bytes(),
                &identity.principal_arn,
                identity.created_at,
            ],
        )?;
        Ok(())
    }

    /// The installation's own key at an endpoint.
    pub fn find_identity(&mut self, endpoint: &str) -> Result<Option<CloudIdentity>> {
        self.sql.find(
            "select endpoint, access_key_id, secret_sealed, principal_arn, created_at
             from cloud_identities where endpoint = $1",
            values![endpoint],
            |row| {
                Ok(CloudIdentity {
                    endpoint: row.get(0)?,
                    access_key_id: row.get(1)?,
                    secret: Sealed::from_bytes(row.get(2)?),
                    principal_arn: row.get(3)?,
                    created_at: row.get(4)?,
                })
            },
        )
    }
}

fn endpoint(row: &Row<'_>) -> Result<CloudEndpoint> {
    Ok(CloudEndpoint {
        name: row.get(0)?,
        provider: row.get(1)?,
        url: row.get(2)?,
        partition: row.get(3)?,
        region: row.get(4)?,
        names_owners: row.get(5)?,
        created_at: row.get(6)?,
    })
}
