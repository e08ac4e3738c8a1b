//! CreateVerifier: a service may ask Keystead who signed a request. Its token is shown here and never again.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, Arn, SecretString};
use keystead_gate::ring::VerifierToken;
use keystead_gate::{Context, Kind, Operation, RestOperation, Route};
use keystead_store::verifiers::Verifier;
use keystead_store::{OnConstraint, Touched, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// CreateVerifier.
pub struct CreateVerifier;

/// What the verifier is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A name, unique in the account.
    pub name: String,
    /// Services (the third part of a credential scope) it may ask about, for example `sqs`.
    pub services: Vec<String>,
    /// Values of the signed Host header it may ask about, with the port where clients send one.
    pub hosts: Vec<String>,
    /// Whether the client address it forwards is to be believed.
    #[serde(default)]
    pub trusts_forwarded: bool,
    /// Whether it is to be believed which certificate a client proved to have. Only for a verifier that ends the
    /// TLS connections of its clients and takes nobody's word for it: certificates are no secrets.
    #[serde(default)]
    pub trusts_certificates: bool,
}

/// The new verifier.
#[derive(Debug, Serialize, ToSchema)]
pub struct Output {
    /// Its id.
    pub verifier_id: String,
    /// Its name.
    pub name: String,
    /// The token, shown once: to be sent as `x-keystead-verifier`.
    pub token: String,
}

/// A verifier drawn, before there is a row for it.
pub struct Drawn {
    row: Verifier,
    token: SecretString,
}

/// Services that only Keystead itself may check.
const OWN_SERVICES: [&str; 3] = ["iam", "sts", "keystead"];

impl Operation for CreateVerifier {
    type Input = Input;
    type Prepared = Drawn;
    type Output = Output;
    const NAME: &'static str = "CreateVerifier";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(cx: &Context, _: &Input) -> Result<Arn> {
        Ok(arn(cx.account(), "*"))
    }

    fn prepare(cx: &Context, input: Input) -> Result<Drawn> {
        check(&input).map_err(Fault::ValidationError)?;
        let drawn = VerifierToken::generate(cx.rng());
        Ok(Drawn {
            row: Verifier {
                account: cx.account(),
                id: drawn.id,
                name: input.name,
                token_hash: drawn.hash,
                accounts: vec![cx.account().to_string()],
                services: input.services,
                hosts: input.hosts,
                trusts_forwarded: input.trusts_forwarded,
                trusts_certificates: input.trusts_certificates,
                created_at: cx.now,
            },
            token: drawn.token,
        })
    }

    fn commit(tx: &mut Tx<'_>, _: &Context, drawn: &Drawn) -> Result<Output> {
        let row = &drawn.row;
        tx.verifiers().insert(row).on_constraint("verifiers_name_unique", || {
            Fault::EntityAlreadyExists(format!("A verifier with name {} already exists.", row.name))
        })?;
        tx.touch(Touched::Verifier(row.id.clone()));
        Ok(Output {
            verifier_id: row.id.clone(),
            name: row.name.clone(),
            token: drawn.token.expose().clone(),
        })
    }
}

impl RestOperation for CreateVerifier {
    const ROUTE: Route = Route { method: "POST", path: "/api/v1/verifiers" };
}

/// The ARN of a verifier.
pub(super) fn arn(account: AccountId, verifier_id: &str) -> Arn {
    Arn::keystead(account, &format!("verifier/{verifier_id}"))
}

fn check(input: &Input) -> std::result::Result<(), String> {
    let name_right = (1..=128).contains(&input.name.len())
        && input.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
    if !name_right {
        return Err("`name` has 1 to 128 letters, digits or characters of +=,.@_-.".to_owned());
    }
    if input.services.is_empty() || input.hosts.is_empty() {
        return Err(
            "`services` and `hosts` each need at least one entry: a verifier may ask about nothing else."
                .to_owned(),
        );
    }
    if let Some(own) = input.services.iter().find(|s| OWN_SERVICES.contains(&s.as_str())) {
        return Err(format!("`services` cannot hold `{own}`: requests to it are checked by Keystead alone."));
    }
    let empty = |text: &String| text.is_empty() || text.len() > 255 || text.contains(char::is_whitespace);
    if input.services.iter().chain(&input.hosts).any(empty) {
        return Err(
            "The entries of `services` and `hosts` have 1 to 255 characters and no spaces.".to_owned()
        );
    }
    Ok(())
}
