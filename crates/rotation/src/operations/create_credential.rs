//! CreateCredential: a new key for a user, made under custody: nobody is shown its secret, consumers are
//! given it.

use keystead_aws::error::Result;
use keystead_core::{Arn, Quota};
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::access_keys::DrawnKey;
use keystead_store::{OnConstraint, Touched, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::managed::{self, Draft, Drawn, Shown};

/// CreateCredential.
pub struct CreateCredential;

/// What is made.
#[derive(Debug, Deserialize, ToSchema)]
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
pub struct Prepared {
    credential: Drawn,
    key: DrawnKey,
}

impl Operation for CreateCredential {
    type Input = Input;
    type Prepared = Prepared;
    type Output = Shown;
    const NAME: &'static str = "CreateCredential";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Prepared> {
        managed::check_name(&input.name)?;
        let owner = cx.user_or_caller(Some(&input.user_name))?;
        let key = cx.draw_key(&owner)?;
        let draft = Draft {
            name: input.name,
            user_name: owner.name.to_string(),
            owner_id: key.key.owner_id.clone(),
            endpoint: None,
            profile: input.profile,
        };
        Ok(Prepared { credential: managed::draw(cx, draft, key.key.id, &key.secret)?, key })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, prepared: &Prepared) -> Result<Shown> {
        let DrawnKey { key, sealed, .. } = &prepared.key;
        tx.lock_user(cx.account(), &key.owner_id)?;
        tx.access_keys()
            .insert(key, sealed)
            .on_constraint("access_keys_slot_unique", || cx.over_quota(Quota::AccessKeysPerUser))?;
        tx.touch(Touched::AccessKey(key.id));
        managed::insert(tx, &prepared.credential)
    }
}

impl RestOperation for CreateCredential {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/credentials" };
}
