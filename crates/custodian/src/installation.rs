//! What the operator sets for all tenants: endpoints, and the installation's own keys at clouds.

use keystead_aws::error::{Fault, Result};
use keystead_core::rng::uuid;
use keystead_core::{Rng, SecretString, Timestamp};
use keystead_store::cloud_endpoints::{CloudEndpoint, CloudIdentity, identity_place};
use keystead_store::{Command, OnConstraint, Store, Tx};

use crate::endpoint::{self, Endpoint};

/// Registers an endpoint.
pub fn add_endpoint(store: &Store, endpoint: &CloudEndpoint, rng: &dyn Rng) -> Result<()> {
    let endpoint = endpoint.clone();
    write(store, rng, move |tx| {
        tx.cloud_endpoints().insert(&endpoint).on_constraint("cloud_endpoints_pkey", || {
            Fault::EntityAlreadyExists(format!(
                "There is an endpoint {} already. Remove it first: keystead admin endpoint remove {}",
                endpoint.name, endpoint.name
            ))
        })
    })
}

/// All endpoints, AWS's own first.
pub fn endpoints(store: &Store) -> Result<Vec<Endpoint>> {
    store.read(|tx| {
        let registered = tx.cloud_endpoints().list()?.into_iter().map(Endpoint::from);
        Ok(endpoint::own().chain(registered).collect())
    })
}

/// Forgets an endpoint.
pub fn remove_endpoint(store: &Store, name: &str, rng: &dyn Rng) -> Result<()> {
    let name = name.to_owned();
    write(store, rng, move |tx| {
        if tx.cloud_endpoints().delete(&name)? {
            return Ok(());
        }
        Err(Fault::NoSuchEntity(format!(
            "There is no registered endpoint {name}. See: keystead admin endpoint list"
        )))
    })
}

/// Sets the installation's own key at an endpoint.
pub fn set_identity(
    store: &Store,
    endpoint_name: &str,
    access_key_id: &str,
    secret: &SecretString,
    principal_arn: &str,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<()> {
    let place = identity_place(endpoint_name)?;
    let identity = CloudIdentity {
        endpoint: endpoint_name.to_owned(),
        access_key_id: access_key_id.to_owned(),
        secret: store.sealer().seal(&place, secret.expose().as_bytes(), rng)?,
        principal_arn: principal_arn.to_owned(),
        created_at: now,
    };
    write(store, rng, move |tx| {
        endpoint::find(tx, &identity.endpoint)?;
        Ok(tx.cloud_endpoints().put_identity(&identity)?)
    })
}

fn write(
    store: &Store,
    rng: &dyn Rng,
    work: impl FnMut(&mut Tx<'_>) -> Result<()> + Send + 'static,
) -> Result<()> {
    store.write(Command { id: uuid(rng), account: None, invocation_id: None }, work)
}
