//! RequestInvitation: somebody who proves a working key of an account that another account here has connected asks its
//! owner, by mail, to be invited.

use std::time::Duration;

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use keystead_store::cloud_accounts::CloudAccount;
use keystead_store::letters::QueuedLetter;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connection::{self, Offered};
use crate::endpoint::{self, Endpoint};
use crate::{letters, refusal};

/// RequestInvitation.
pub struct RequestInvitation;

/// How often one person may ask.
const PAUSE: Duration = Duration::from_hours(24);

/// The same proof as for connecting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// At which endpoint; `aws` if none is given.
    pub endpoint: Option<String>,
    /// The account's number. It may be left out; it is proved in any case.
    pub account_number: Option<String>,
    /// An access key of it.
    pub access_key_id: String,
    /// The key's secret.
    pub secret_access_key: String,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// The account's number at the cloud.
    pub account_number: String,
    /// Whom the letter went to, where the endpoint's word is good enough to name them.
    pub owner: Option<String>,
}

/// A number that was proved, who has it, and the letter to them.
pub struct Asking {
    number: String,
    holder: CloudAccount,
    owner: Option<String>,
    letter: QueuedLetter,
}

impl Operation for RequestInvitation {
    type Input = Input;
    type Prepared = Asking;
    type Output = Output;
    const NAME: &'static str = "RequestInvitation";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Asking> {
        let declared = input.account_number.as_deref().map(connection::account_number).transpose()?;
        let key = Some((input.access_key_id, input.secret_access_key.into()));
        let offered = Offered { key, ..Offered::default() };
        offered.check(cx.now)?;
        let name = input.endpoint.unwrap_or_else(|| "aws".to_owned());
        let endpoint = cx.gate().store().read(|tx| endpoint::find(tx, &name))?;
        let proved = connection::prove(cx, &endpoint, "", offered)?;
        let number = proved.map_err(|fault| refusal::unproved(&fault))?.identity.number;
        if declared.is_some_and(|declared| declared != number) {
            return Err(refusal::mismatch());
        }
        Asking::of(cx, &endpoint, number)
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, asking: &Asking) -> Result<Output> {
        let requested_by = cx.caller.arn().to_string();
        tx.lock_account(cx.account())?;
        let last = tx.cloud_accounts().find_invitation_request(cx.account(), &requested_by)?;
        if last.is_some_and(|last| cx.now.since(last) < PAUSE) {
            return Err(refusal::requested_already());
        }
        if tx.cloud_accounts().find(asking.holder.account, &asking.holder.id)?.is_none() {
            return Err(nobody(&asking.number));
        }
        tx.cloud_accounts().put_invitation_request(cx.account(), &requested_by, cx.now)?;
        tx.letters().insert(&asking.letter)?;
        Ok(Output { account_number: asking.number.clone(), owner: asking.owner.clone() })
    }
}

impl Asking {
    fn of(cx: &Context, endpoint: &Endpoint, number: String) -> Result<Self> {
        let found = cx.gate().store().read(|tx| {
            let Some(holder) = tx.cloud_accounts().find_by_number(&endpoint.name, &number)? else {
                return Ok::<_, Fault>(None);
            };
            let (owner, asking) = (tx.accounts().find(holder.account)?, tx.accounts().find(cx.account())?);
            Ok(owner.zip(asking).map(|(owner, asking)| (holder, owner, asking)))
        })?;
        let (holder, owner, asking) = found.ok_or_else(|| nobody(&number))?;
        if holder.account == cx.account() {
            return Err(refusal::connected_here(&holder.name));
        }
        let letter = letters::invitation_requested(cx, &asking, &owner, &holder)?;
        let owner = Some(owner.root_email).filter(|_| endpoint.names_owners);
        Ok(Self { number, holder, owner, letter })
    }
}

fn nobody(number: &str) -> Fault {
    Fault::NoSuchEntity(format!(
        "Nobody has connected the AWS account {number} here: connect it yourself, with keystead cloud connect."
    ))
}

impl RestOperation for RequestInvitation {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/cloud-accounts/request-invitation" };
}
