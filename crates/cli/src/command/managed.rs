//! `keystead managed …`: the credentials that Keystead keeps a custody copy of and rotates.

use clap::{Subcommand, ValueEnum};
use keystead_core::AccessKeyId;
use serde_json::{Map, Value, json};

use super::notify::Notify;
use super::rotate::Profile;
use super::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::Failure;
use crate::output::Style;

const PATH: &str = "/api/v1/credentials";
const COLUMNS: &[&str] = &[
    "name",
    "kind",
    "user_name",
    "access_key_id",
    "profile",
    "endpoint",
    "region",
    "created_at",
    "updated_at",
];

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Of one alone there is more to tell.
const SHOWN: &[&str] = &[
    "name",
    "sentence",
    "next_rotation_at",
    "schedule",
    "calendar",
    "rotation_id",
    "kind",
    "advice",
    "user_name",
    "access_key_id",
    "key_made_at",
    "notify_email",
    "notify_webhook",
    "profile",
    "endpoint",
    "region",
    "created_at",
    "updated_at",
];

/// Managed credentials.
#[derive(Debug, Subcommand)]
pub(crate) enum Managed {
    /// Take an existing access key, signing certificate or service-specific credential into custody. Its secret, private
    /// key or password is read from standard input.
    #[command(after_help = "Example:\n  pass show orders/secret | \
                            keystead managed adopt orders --user-name orders-app --access-key-id AKIA…")]
    Adopt(Adopt),
    /// Make a new access key, signing certificate or service-specific credential for a user of this installation,
    /// straight into custody: nobody sees its secret.
    #[command(after_help = "Example:\n  keystead managed create orders --user-name orders-app\n  \
                            keystead managed create orders-tls --user-name orders-app --kind signing-certificate\n  \
                            keystead managed create orders-git --user-name orders-app --kind service-credential \
                            --service codecommit.amazonaws.com")]
    Create {
        #[command(flatten)]
        remote: Remote,
        /// A name for it, unique in the account.
        name: String,
        /// The user who gets the key.
        #[arg(long, value_name = "NAME", required_unless_present = "root")]
        user_name: Option<String>,
        /// It is the root user's, and so are you. Better is to have none.
        #[arg(long, conflicts_with = "user_name")]
        root: bool,
        /// What is made.
        #[arg(long, value_enum, default_value = "access-key")]
        kind: Made,
        /// The service that a service-specific credential is for.
        #[arg(long, value_name = "NAME", required_if_eq("kind", "service-credential"))]
        service: Option<String>,
        /// How many days a signing certificate is valid, and those that take its place; a year where it is not said.
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
        /// The durations it is leased and rotated with.
        #[arg(long, value_enum, default_value = "standard")]
        profile: Profile,
        #[command(flatten)]
        notify: Notify,
    },
    /// List the managed credentials.
    #[command(after_help = "Example:\n  keystead managed list")]
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Show a managed credential; its secret is not shown.
    #[command(after_help = "Example:\n  keystead managed show orders")]
    Show {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
    /// Say who is told of a managed credential's rotations.
    #[command(after_help = "Examples:\n  keystead managed update orders --notify-email ana@example.com\n  \
                            keystead managed update orders --notify-webhook https://hooks.example/keystead \
                            --notify-webhook-secret-file hook.secret\n  \
                            keystead managed update orders --no-notify-email")]
    Update {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        #[command(flatten)]
        notify: Notify,
        /// Letters go to whom the installation names.
        #[arg(long, conflicts_with = "notify_email")]
        no_notify_email: bool,
        /// Calls go where the installation says.
        #[arg(long, conflicts_with = "notify_webhook")]
        no_notify_webhook: bool,
    },
    /// Say when a managed credential is rotated unasked: at the age of its key, or at the times of a cron expression.
    #[command(after_help = "Examples:\n  keystead managed schedule orders --every-days 90\n  \
                            keystead managed schedule orders --cron '0 3 * * 2'\n  \
                            keystead managed schedule orders --off")]
    Schedule {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        /// The age in days that no key is to reach; 90 when nothing is said.
        #[arg(long, value_name = "DAYS", conflicts_with_all = ["cron", "off"])]
        every_days: Option<u32>,
        /// How many days before a rotation begins; a sixth of the age when left out.
        #[arg(long, value_name = "DAYS", conflicts_with_all = ["cron", "off"])]
        early_days: Option<u32>,
        /// Instead of an age: minute, hour, day, month and weekday in UTC.
        #[arg(long, value_name = "EXPRESSION", conflicts_with = "off")]
        cron: Option<String>,
        /// Up to how much later it may begin, so that not all credentials do at once; 360 when left out.
        #[arg(long, value_name = "MINUTES", conflicts_with = "off")]
        jitter_minutes: Option<u32>,
        /// Rotate it by hand only.
        #[arg(long)]
        off: bool,
    },
    /// Say at which times of the week a managed credential may be rotated; outside of them its rotation waits.
    #[command(after_help = "Examples:\n  keystead managed calendar orders --window sat,sun/22:00-04:00\n  \
                            keystead managed calendar orders --off")]
    Calendar {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
        /// Days and times of day, as in `mon,tue/09:00-17:00`; may be said more than once.
        #[arg(long, value_name = "DAYS/FROM-UNTIL", value_parser = window, required_unless_present = "off")]
        window: Vec<Value>,
        /// How many minutes the clock of the windows is ahead of UTC.
        #[arg(long, value_name = "MINUTES", default_value_t = 0, allow_negative_numbers = true)]
        utc_offset_minutes: i16,
        /// Rotate it at any time.
        #[arg(long, conflicts_with = "window")]
        off: bool,
    },
    /// Forget a managed credential and its custody copy. The access key itself stays as it is.
    #[command(after_help = "Example:\n  keystead managed delete orders")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// Its name.
        name: String,
    },
}

/// What can be made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Made {
    /// An access key.
    AccessKey,
    /// A signing certificate with its private key.
    SigningCertificate,
    /// A user name and a password for one service, or an API key.
    ServiceCredential,
}

impl Made {
    fn as_str(self) -> &'static str {
        match self {
            Self::AccessKey => "access_key",
            Self::SigningCertificate => "signing_certificate",
            Self::ServiceCredential => "service_credential",
        }
    }
}

/// What is taken into custody.
#[derive(Debug, clap::Args)]
pub(crate) struct Adopt {
    #[command(flatten)]
    remote: Remote,
    /// A name for it, unique in the account.
    name: String,
    /// The user whose key it is.
    #[arg(long, value_name = "NAME", required_unless_present = "root")]
    user_name: Option<String>,
    /// It is the root user's, and so are you. Better is to have none.
    #[arg(long, conflicts_with = "user_name")]
    root: bool,
    /// The access key's id.
    #[arg(long, value_name = "ID")]
    access_key_id: Option<AccessKeyId>,
    /// Or the id of a signing certificate that was uploaded here.
    #[arg(
        long,
        value_name = "ID",
        conflicts_with = "access_key_id",
        required_unless_present_any = ["access_key_id", "service_credential_id"]
    )]
    certificate_id: Option<String>,
    /// Or the id of a service-specific credential that was made here.
    #[arg(long, value_name = "ID", conflicts_with_all = ["access_key_id", "certificate_id", "root"])]
    service_credential_id: Option<String>,
    /// The durations it is leased and rotated with.
    #[arg(long, value_enum, default_value = "standard")]
    profile: Profile,
    /// The IAM endpoint that issued the key, when it is not this installation.
    #[arg(long, value_name = "URL", requires = "region")]
    endpoint: Option<String>,
    /// The region to sign for at that endpoint.
    #[arg(long, requires = "endpoint")]
    region: Option<String>,
    #[command(flatten)]
    notify: Notify,
}

impl Adopt {
    fn run(self, style: &Style) -> Result<(), Failure> {
        let connection = self.remote.connect()?;
        let mut body = json!({ "name": self.name, "profile": self.profile, "notify": self.notify.body()? });
        let access_key_id = self.access_key_id.map(|id| id.to_string());
        let (member, secret) = match (&access_key_id, &self.service_credential_id) {
            (Some(_), _) => ("secret_access_key", secret_input::read("the secret access key")?),
            (_, Some(_)) => ("service_password", secret_input::read("the password")?),
            _ => ("private_key", secret_input::read_text("the private key")?),
        };
        body[member] = secret.expose().as_str().into();
        set(&mut body, "user_name", self.user_name);
        set(&mut body, "access_key_id", access_key_id);
        set(&mut body, "certificate_id", self.certificate_id);
        set(&mut body, "service_credential_id", self.service_credential_id);
        set(&mut body, "endpoint", self.endpoint);
        set(&mut body, "region", self.region);
        style.print(&connection.post(&format!("{PATH}/adopt"), &body)?, COLUMNS)
    }
}

impl Managed {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Adopt(adopt) => adopt.run(style),
            Self::Create { remote, name, user_name, root: _, kind, service, days, profile, notify } => {
                let mut body = json!({ "name": name, "kind": kind.as_str(), "profile": profile });
                body["notify"] = notify.body()?.into();
                set(&mut body, "user_name", user_name);
                set(&mut body, "service", service);
                set(&mut body, "days", days);
                style.print(&remote.connect()?.post(PATH, &body)?, COLUMNS)
            }
            Self::List { remote } => style.print(&remote.connect()?.list(PATH, "credentials")?, COLUMNS),
            Self::Show { remote, name } => style.print(&remote.connect()?.get(&path(&name)?)?, SHOWN),
            Self::Update { remote, name, notify, no_notify_email, no_notify_webhook } => {
                let mut notify = notify.body()?;
                notify.extend(no_notify_email.then(|| ("email".to_owned(), Value::Null)));
                notify.extend(no_notify_webhook.then(|| ("webhook".to_owned(), Value::Null)));
                style.print(&remote.connect()?.put(&path(&name)?, &json!({ "notify": notify }))?, SHOWN)
            }
            Self::Schedule { remote, name, every_days, early_days, cron, jitter_minutes, off } => {
                let numbers = [
                    ("every_days", every_days),
                    ("early_days", early_days),
                    ("jitter_minutes", jitter_minutes),
                ];
                let mut schedule = Map::new();
                for (name, number) in numbers {
                    schedule.extend(number.map(|number| (name.to_owned(), number.into())));
                }
                schedule.extend(cron.map(|cron| ("cron".to_owned(), cron.into())));
                let schedule = if off { Value::Null } else { Value::Object(schedule) };
                let body = json!({ "schedule": schedule });
                style.print(&remote.connect()?.put(&path(&name)?, &body)?, SHOWN)
            }
            Self::Calendar { remote, name, mut window, utc_offset_minutes, off } => {
                for one in &mut window {
                    one["utc_offset_minutes"] = utc_offset_minutes.into();
                }
                let calendar = if off { Value::Null } else { json!({ "windows": window }) };
                let body = json!({ "calendar": calendar });
                style.print(&remote.connect()?.put(&path(&name)?, &body)?, SHOWN)
            }
            Self::Delete { remote, name } => {
                style.print(&remote.connect()?.delete(&path(&name)?)?, &["name"])
            }
        }
    }
}

/// Says what was given.
fn set(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}

/// A window in `mon,tue/09:00-17:00`.
fn window(text: &str) -> Result<Value, String> {
    let read = || {
        let (days, times) = text.split_once('/')?;
        let (from, until) = times.split_once('-')?;
        let number = |day| WEEKDAYS.iter().position(|name| *name == day);
        let weekdays = days.split(',').map(number).collect::<Option<Vec<_>>>()?;
        Some(json!({ "weekdays": weekdays, "from_minute": minute(from)?, "until_minute": minute(until)? }))
    };
    read().ok_or_else(|| "a window is days and times of day, as in mon,tue/09:00-17:00".to_owned())
}

/// The minute of the day in `22:00`.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number =
        |text: &str, below: u16| text.parse::<u16>().ok().filter(|number| text.len() == 2 && *number < below);
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

fn path(name: &str) -> Result<String, Failure> {
    Ok(format!("{PATH}/{}", segment(name)?))
}
