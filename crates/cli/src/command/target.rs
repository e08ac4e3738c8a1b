//! `keystead target …`: where Keystead itself brings a managed credential.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::command::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::Style;

const COLUMNS: &[&str] = &[
    "name",
    "kind",
    "app_id",
    "sources",
    "required",
    "serving_access_key_id",
    "applied_access_key_id",
    "applied_at",
    "writes",
];

/// Targets.
#[derive(Debug, Subcommand)]
pub(crate) enum Target {
    /// Say where a credential is to be written. What it is written with, for example a token, is read from standard
    /// input. Nothing is written yet: test it, and deliver the present key where it is not there already.
    #[command(after_help = "Example:\n  keystead target add orders store --kind stored-credential \
                            --id-field ORDERS_KEY_ID --secret-field ORDERS_SECRET\n  \
                            keystead target add orders vault --kind openbao --set url=https://vault.example.com \
                            --set path=apps/orders < token.txt\n  \
                            keystead target add orders sm --kind secrets-manager --set region=eu-west-1 \
                            --set secret_id=orders --set access_key_id=AKIA… < secret.txt\n  \
                            keystead target add orders ssm --kind ssm-parameter --set region=eu-west-1 \
                            --set path=/orders/ --set access_key_id=AKIA… < secret.txt\n  \
                            keystead target add orders k8s --kind kubernetes --set url=https://k8s.example.com \
                            --set namespace=shop --set secret=orders-aws --set workloads='[\"deployment/orders\"]' \
                            < token.txt\n  \
                            keystead target add orders ci --kind github-actions --set owner=acme \
                            --set repository=orders --set environment=production < token.txt\n  \
                            keystead target add orders hook --kind webhook --set url=https://ops.example.com/keys \
                            < signing-secret.txt\n  \
                            keystead target add orders backup --kind manual --app-id backup")]
    Add {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
        /// How the key is brought there.
        #[arg(long, value_enum)]
        kind: TargetKind,
        #[command(flatten)]
        given: Given,
        /// Let rotations go on without it.
        #[arg(long)]
        optional: bool,
    },
    /// List the targets of a managed credential.
    #[command(after_help = "Example:\n  keystead target list orders")]
    List {
        #[command(flatten)]
        remote: Remote,
        /// The managed credential.
        credential: String,
    },
    /// Show a target, and the links its key was handed over by.
    #[command(after_help = "Example:\n  keystead target show orders vault -o json")]
    Show {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
    },
    /// Look whether a target answers, what it holds and whether it may be written to. Nothing is changed.
    #[command(after_help = "Example:\n  keystead target test orders vault")]
    Test {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
    },
    /// Bring the key to a target that it is to hold, unless it is there.
    #[command(after_help = "Example:\n  keystead target deliver orders vault")]
    Deliver {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
        /// Write over what somebody else wrote there.
        #[arg(long)]
        overwrite: bool,
    },
    /// Make a link that shows a target's key once, for whoever carries it there. The link before is dead.
    #[command(after_help = "Example:\n  keystead target hand-over orders backup --hours 4")]
    HandOver {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
        /// For how many hours it can be opened, 1 to 168.
        #[arg(long, default_value_t = 24)]
        hours: u64,
    },
    /// Change where a target is, or by what its consumer is known. What is not said stays.
    #[command(after_help = "Example:\n  keystead target update orders vault --new-secret < token.txt")]
    Update {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        given: Given,
        /// Read what it is written with anew, from standard input.
        #[arg(long)]
        new_secret: bool,
        /// Whether a rotation waits for it.
        #[arg(long)]
        required: Option<bool>,
    },
    /// Forget a target. What was written there stays.
    #[command(after_help = "Example:\n  keystead target remove orders vault")]
    Remove {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        named: Named,
    },
}

/// Which target.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The managed credential.
    credential: String,
    /// The target's name.
    name: String,
}

/// What is set of a target.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// A setting of its kind; may be given more than once. A value in JSON is taken as such.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// Where the key's id goes. Default: `AWS_ACCESS_KEY_ID`
    #[arg(long, value_name = "FIELD")]
    id_field: Option<String>,
    /// Where the key's secret goes. Default: `AWS_SECRET_ACCESS_KEY`
    #[arg(long, value_name = "FIELD")]
    secret_field: Option<String>,
    /// One field for a JSON object that holds both under those names.
    #[arg(long, value_name = "FIELD")]
    json_field: Option<String>,
    /// The application id that its consumer's SDK sends (AWS_SDK_UA_APP_ID), by which its use is recognised.
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// An address or a network by which its consumer's use is recognised; may be given more than once.
    #[arg(long = "source", value_name = "NETWORK")]
    sources: Vec<String>,
}

/// How a key is brought to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetKind {
    /// Stored credentials of this account (`keystead credential`).
    StoredCredential,
    /// A secret in the KV store, version 2, of OpenBao or Vault. Settings: url, path, mount, namespace.
    Openbao,
    /// A secret in AWS Secrets Manager. Settings: region, `secret_id`, `access_key_id`, url.
    SecretsManager,
    /// Parameters in AWS Parameter Store. Settings: region, path, `access_key_id`, `kms_key_id`, url.
    SsmParameter,
    /// A Secret in Kubernetes. Settings: url, namespace, secret, workloads.
    Kubernetes,
    /// A secret of GitHub Actions. Settings: owner, repository, environment, url.
    GithubActions,
    /// A signed call to an address of your own. Settings: url.
    Webhook,
    /// A person carries it there (`keystead target hand-over`).
    Manual,
}

impl TargetKind {
    fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().replace('-', "_")).unwrap_or_default()
    }

    fn is_written_with_a_secret(self) -> bool {
        !matches!(self, Self::StoredCredential | Self::Manual)
    }
}

impl Target {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Add { remote, named, kind, given, optional } => {
                let connection = remote.connect()?;
                let mut body = given.body()?;
                body["name"] = named.name.into();
                body["kind"] = kind.word().into();
                body["required"] = (!optional).into();
                if kind.is_written_with_a_secret() {
                    body["target_secret"] = secret()?;
                }
                style.print(&connection.post(&path(&named.credential)?, &body)?, COLUMNS)
            }
            Self::List { remote, credential } => {
                style.print(&remote.connect()?.list(&path(&credential)?, "targets")?, COLUMNS)
            }
            Self::Show { remote, named } => style.print(&remote.connect()?.get(&named.path()?)?, COLUMNS),
            Self::Test { remote, named } => {
                let path = format!("{}/test", named.path()?);
                let found = remote.connect()?.post(&path, &json!({}))?;
                if found["ready"] == true {
                    return style.print(&found, &["name", "ready", "finding"]);
                }
                Err(Failure::new(Kind::Conflict, found["finding"].as_str().unwrap_or_default()))
            }
            Self::Deliver { remote, named, overwrite } => {
                let path = format!("{}/deliver", named.path()?);
                style.print(&remote.connect()?.post(&path, &json!({ "overwrite": overwrite }))?, COLUMNS)
            }
            Self::HandOver { remote, named, hours } => {
                let path = format!("{}/hand-over", named.path()?);
                let made = remote.connect()?.post(&path, &json!({ "hours": hours }))?;
                style.print(&made, &["access_key_id", "link", "expires_at"])
            }
            Self::Update { remote, named, given, new_secret, required } => {
                let connection = remote.connect()?;
                let mut body = given.body()?;
                if let Some(required) = required {
                    body["required"] = required.into();
                }
                if new_secret {
                    body["target_secret"] = secret()?;
                }
                style.print(&connection.put(&named.path()?, &body)?, COLUMNS)
            }
            Self::Remove { remote, named } => {
                style.print(&remote.connect()?.delete(&named.path()?)?, &["name"])
            }
        }
    }
}

impl Named {
    fn path(&self) -> Result<String, Failure> {
        Ok(format!("{}/{}", path(&self.credential)?, segment(&self.name)?))
    }
}

impl Given {
    /// The members of a request that were given.
    fn body(self) -> Result<Value, Failure> {
        let mut body = Map::new();
        if !self.settings.is_empty() {
            body.insert("settings".to_owned(), settings(&self.settings)?);
        }
        let fields = [
            ("access_key_id", self.id_field),
            ("secret_access_key", self.secret_field),
            ("json_field", self.json_field),
        ];
        let template: Map<_, _> =
            fields.into_iter().filter_map(|(name, field)| Some((name.to_owned(), field?.into()))).collect();
        if !template.is_empty() {
            body.insert("template".to_owned(), Value::Object(template));
        }
        body.extend(self.app_id.map(|app_id| ("app_id".to_owned(), app_id.into())));
        if !self.sources.is_empty() {
            body.insert("sources".to_owned(), self.sources.into());
        }
        Ok(Value::Object(body))
    }
}

/// Settings as they were given: lists and numbers in JSON, everything else as text.
fn settings(given: &[String]) -> Result<Value, Failure> {
    let pair = |text: &String| {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Failure::new(Kind::Usage, format!("`--set {text}` is not NAME=VALUE.")))?;
        let value = serde_json::from_str(value).ok().filter(|json: &Value| json.is_array());
        Ok((name.to_owned(), value.unwrap_or_else(|| text[name.len() + 1..].into())))
    };
    given.iter().map(pair).collect::<Result<Map<_, _>, Failure>>().map(Value::Object)
}

fn secret() -> Result<Value, Failure> {
    Ok(secret_input::read_line("what the target is written with")?.expose().as_str().into())
}

fn path(credential: &str) -> Result<String, Failure> {
    Ok(format!("/api/v1/credentials/{}/targets", segment(credential)?))
}
