//! GetConsumer: an enrolled consumer asks which key it would be given, without the secret. It is what an agent asks
//! again and again, so it leaves no lease and no record of its own.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_gate::authenticate::credential_arn;
use keystead_gate::{Audience, Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reveal_credential::lease;

/// GetConsumer.
pub struct GetConsumer;

/// Nothing: a token is one consumer's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {}

/// The consumer as it sees itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// How it gets its key.
    pub kind: String,
    /// The application id by which requests made for it are known to be its.
    pub app_id: String,
    /// The key it is given from now on.
    pub access_key_id: String,
    /// Where the key is good; none is this authority.
    pub endpoint: Option<String>,
    /// For which region calls there are signed.
    pub region: Option<String>,
    /// How long an answer may be kept, in seconds.
    pub lease_seconds: u64,
}

impl Operation for GetConsumer {
    type Input = Input;
    type Prepared = String;
    type Output = Output;
    const NAME: &'static str = "GetConsumer";
    const KIND: Kind = Kind::Read;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(credential_arn(cx.account(), cx.credential_id()?))
    }

    fn prepare(cx: &Context, _: Input) -> Result<String> {
        Ok(cx.consumer_id()?.to_owned())
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, consumer_id: &String) -> Result<Output> {
        let gone = || Fault::NoSuchEntity("The consumer has been removed.".to_owned());
        let consumer = tx.consumers().find(cx.account(), consumer_id)?.ok_or_else(gone)?;
        let credential = tx.custody().find(cx.account(), &consumer.credential_id)?.ok_or_else(gone)?;
        Ok(Output {
            lease_seconds: lease(tx, cx, &consumer.credential_id)?.as_secs(),
            name: consumer.name,
            kind: consumer.kind,
            app_id: consumer.app_id.unwrap_or(consumer.id),
            access_key_id: consumer.serving_access_key_id.to_string(),
            endpoint: credential.endpoint,
            region: credential.region,
        })
    }
}

impl RestOperation for GetConsumer {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/consumer" };
    const AUDIENCE: Audience = Audience::Consumers;
}
