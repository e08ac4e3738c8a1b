//! CreateCredential: a new key for a user, made under custody: nobody is shown its secret, consumers are
//! given it.

use keystead_aws::error::{Fault, Result};
use keystead_core::access_key::NewAccessKey;
use keystead_core::{AccessKey, Arn, KeyStatus};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::access_keys::secret_place;
use keystead_store::{OnConstraint, Sealed, Touched, Tx};
use serde::Deserialize;

use crate::managed::{self, Draft, Drawn, Shown};

/// CreateCredential.
pub struct CreateCredential;

/// What is made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name for the credential, unique in the account.
    pub name: String,
    /// The IAM user the key is for.
    pub user_name: String,
    /// The durations it is leased and rotated with: `standard` when not said, or `demo`.
    pub profile: Option<String>,
}

/// A credential and its key, before there are rows for them.
pub struct DrawnKey {
    drawn: Drawn,
    key: AccessKey,
    sealed: Sealed,
}

impl Operation for CreateCredential {
    type Input = Input;
    type Prepared = DrawnKey;
    type Output = Shown;
    const NAME: &'static str = "CreateCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<DrawnKey> {
        managed::check_name(&input.name)?;
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let new = NewAccessKey::generate(cx.account(), cx.installation(), cx.rng());
        let place = secret_place(cx.account(), new.id);
        let sealed = cx.sealer().seal(&place, new.secret.expose().as_bytes(), cx.rng())?;
        let key = AccessKey {
            id: new.id,
            account: cx.account(),
            owner_id: owner.id.to_string(),
            status: KeyStatus::Active,
            created_at: cx.now.whole_second(),
        };
        let draft = Draft {
            name: input.name,
            user_name: owner.name.to_string(),
            owner_id: key.owner_id.clone(),
            endpoint: None,
            profile: input.profile,
        };
        Ok(DrawnKey { drawn: managed::draw(cx, draft, new.id, &new.secret)?, key, sealed })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &DrawnKey) -> Result<Shown> {
        tx.lock_user(cx.account(), &prepared.key.owner_id)?;
        let value = cx.quotas().access_keys_per_user;
        tx.access_keys().insert(&prepared.key, &prepared.sealed).on_constraint(
            "access_keys_slot_unique",
            || Fault::LimitExceeded { quota: "AccessKeysPerUser", value },
        )?;
        tx.touch(Touched::AccessKey(prepared.key.id));
        managed::insert(tx, &prepared.drawn)
    }
}

impl RestOperation for CreateCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials" };
}
