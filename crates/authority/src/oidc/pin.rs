//! Pinning the keys of an issuer, as the operator does it on the installation's own machine: where the issuer
//! cannot be reached from here, or shall not be asked.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Rng, Timestamp};
use keystead_gate::audit::insert_own_event;
use keystead_store::{Command, Store};
use serde_json::json;

use super::keys::KeySet;
use crate::provider::read_url;

/// Pins the key set, a JSON Web Key Set, of the issuer at `url` that an account trusts. Without one the keys are
/// fetched again from then on.
pub fn pin(
    store: &Store,
    account: AccountId,
    url: &str,
    key_set: Option<&str>,
    now: Timestamp,
    rng: &dyn Rng,
) -> Result<()> {
    if let Some(json) = key_set {
        KeySet::read(json.as_bytes())
            .map_err(|why| Fault::ValidationError(format!("The key set cannot be used: {why}.")))?;
    }
    let issuer = read_url(url)?.to_owned();
    let key_set = key_set.map(str::to_owned);
    let command = Command { id: keystead_core::rng::uuid(rng), account: Some(account), invocation_id: None };
    let event_id = keystead_core::rng::uuid(rng);
    store.write(command, move |tx| {
        if !tx.oidc_providers().pin_keys(account, &issuer, key_set.as_deref())? {
            return Err(Fault::NoSuchEntity(format!(
                "The account {account} trusts no issuer https://{issuer}. Its administrator makes it one by \
                 CreateOpenIDConnectProvider."
            )));
        }
        let name = if key_set.is_some() { "PinIssuerKeys" } else { "UnpinIssuerKeys" };
        let details = json!({"accountId": account.to_string(), "issuer": format!("https://{issuer}")});
        insert_own_event(tx, account, &event_id, now, name, &details).map_err(Fault::from)
    })
}
