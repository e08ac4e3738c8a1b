//! GetConnectionHelp: how to come by credentials to connect an account with: in steps, with the policy that a restricted
//! user needs, exactly, and the trust policy of a role that only this account can assume.

use keystead_aws::error::{Fault, Result};
use keystead_core::Arn;
use keystead_core::rng::uuid;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::Tx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::connection;
use crate::endpoint;
use crate::provider::{Provider, Right};

/// GetConnectionHelp. The external id is drawn at the first time of asking and stays: nobody chooses it.
pub struct GetConnectionHelp;

/// For which endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The endpoint; `aws` if none is given.
    pub endpoint: Option<String>,
}

/// What to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// At which endpoint.
    pub endpoint: String,
    /// What to do, step by step.
    pub steps: Vec<String>,
    /// The policy of the user or role that Keystead signs as.
    pub policy: Value,
    /// What each statement of it is for.
    pub purposes: Vec<Purpose>,
    /// What a role has to ask for, drawn for this account.
    pub external_id: String,
    /// Who assumes roles; absent where the operator has set nobody.
    pub principal: Option<String>,
    /// The trust policy of such a role.
    pub trust_policy: Option<Value>,
}

/// What a statement of the policy is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Purpose {
    /// The statement's id.
    pub statement: &'static str,
    /// What for.
    pub purpose: &'static str,
}

/// The endpoint asked for, and an external id in case there is none yet.
pub struct Drawn {
    endpoint: String,
    external_id: String,
}

impl Operation for GetConnectionHelp {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "GetConnectionHelp";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(connection::arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        let endpoint = input.endpoint.unwrap_or_else(|| "aws".to_owned());
        Ok(Drawn { endpoint, external_id: uuid(cx.rng()) })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, drawn: &Drawn) -> Result<Output> {
        let endpoint = endpoint::find(tx, &drawn.endpoint)?;
        let provider: &dyn Provider = connection::provider_of(&endpoint)?;
        let principal = tx.cloud_endpoints().find_identity(&endpoint.name).map_err(Fault::from)?;
        let principal = principal.map(|identity| identity.principal_arn);
        let external_id = tx.cloud_accounts().external_id(cx.account(), &drawn.external_id, cx.now)?;
        let rights = provider.rights(&endpoint);
        let trust_policy = principal.as_deref().map(|principal| trust_policy(principal, &external_id));
        Ok(Output {
            steps: steps(&endpoint.name, principal.is_some()),
            endpoint: endpoint.name,
            policy: policy(&rights),
            purposes: rights
                .iter()
                .map(|right| Purpose { statement: right.id, purpose: right.purpose })
                .collect(),
            external_id,
            principal,
            trust_policy,
        })
    }
}

impl RestOperation for GetConnectionHelp {
    const ROUTE: Route = Route { method: "GET", path: "/api/v1/cloud-help" };
}

fn policy(rights: &[Right]) -> Value {
    let statements = rights.iter().map(|right| {
        json!({ "Sid": right.id, "Effect": "Allow", "Action": right.actions, "Resource": right.resource })
    });
    json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
}

fn trust_policy(principal: &str, external_id: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": external_id } },
        }],
    })
}

fn steps(endpoint: &str, has_principal: bool) -> Vec<String> {
    let at = if endpoint == "aws" { String::new() } else { format!(" --endpoint {endpoint}") };
    let mut steps = vec![
        "Sign in to the AWS console as an administrator of the account, not as its root user. The account number, of \
         twelve digits, is in the menu at the top right."
            .to_owned(),
        "Open IAM > Policies > Create policy > JSON, paste `policy` from below, and call it Keystead.".to_owned(),
        "Open IAM > Users > Create user, call it keystead, give it no console access, and attach that policy.".to_owned(),
        "Open the user > Security credentials > Create access key, choose `Application running outside AWS`, and keep \
         the two values at hand: the secret is shown once."
            .to_owned(),
        format!(
            "Connect it, with the secret on standard input: keystead cloud connect{at} --account-number NUMBER \
             --access-key-id ID"
        ),
    ];
    if has_principal {
        steps.push(format!(
            "Without any key of yours: make a role with that policy and with `trust_policy` from below, then: keystead \
             cloud connect{at} --role-arn ARN"
        ));
    }
    steps
}
