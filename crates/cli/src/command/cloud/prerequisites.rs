//! `keystead cloud prerequisites|ssh-key`: what launching needs, made at a cloud, and the private keys of it.

use clap::Subcommand;
use serde_json::{Value, json};

use super::path;
use crate::command::secret_input;
use crate::connection::{Remote, segment};
use crate::failure::{Failure, Kind};
use crate::output::{Style, printable, rows};

const SSH_KEY: &[&str] = &["ssh_key_id", "name", "region", "has_material", "created_by", "created_at"];

/// What launching needs.
#[derive(Debug, Subcommand)]
pub(crate) enum CloudPrerequisites {
    /// Make an SSH key and a security group in the regions of a connected account. What is there already is left as
    /// it is, and no port is opened that is not asked for.
    #[command(after_help = "Example:\n  keystead cloud prerequisites aws\n  \
                            keystead cloud prerequisites aws --region eu-west-1 --security-group web \
                            --open tcp:22:203.0.113.0/24")]
    Prerequisites {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// Only in this region. Can be given several times.
        #[arg(long, value_name = "REGION")]
        region: Vec<String>,
        /// The SSH key's name, or none.
        #[arg(long, value_name = "NAME", default_value = "default")]
        ssh_key: String,
        /// The security group's name, or none.
        #[arg(long, value_name = "NAME", default_value = "default")]
        security_group: String,
        /// Open these ports of the group to a network: PROTOCOL:PORT(S):NETWORK. Can be given several times.
        #[arg(long, value_name = "tcp:22:203.0.113.0/24")]
        open: Vec<String>,
        /// Needed to open ports to everybody.
        #[arg(long)]
        open_to_the_world: bool,
    },
    /// SSH keys at a cloud, and their private keys.
    #[command(subcommand)]
    SshKey(SshKey),
}

/// SSH keys at a cloud, and their private keys.
#[derive(Debug, Subcommand)]
pub(crate) enum SshKey {
    /// List the SSH keys of a connected account, and whether their private keys are kept.
    #[command(after_help = "Example:\n  keystead cloud ssh-key list aws")]
    List {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
    },
    /// Print a private key. Your own password is read from standard input.
    #[command(after_help = "Example:\n  pass show keystead | \
                            keystead cloud ssh-key reveal aws key-0123456789abcdef0 > id_default")]
    Reveal {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// The SSH key's id.
        id: String,
    },
    /// Keep the private key of an SSH key that was made elsewhere. It is read from standard input.
    #[command(
        after_help = "Example:\n  keystead cloud ssh-key put aws key-0123456789abcdef0 < ~/.ssh/deploy.pem"
    )]
    Put {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// The SSH key's id.
        id: String,
    },
    /// Forget a private key. The SSH key at the cloud stays as it is.
    #[command(after_help = "Example:\n  keystead cloud ssh-key forget aws key-0123456789abcdef0")]
    Forget {
        #[command(flatten)]
        remote: Remote,
        /// The connected account's name.
        name: String,
        /// The SSH key's id.
        id: String,
    },
}

impl CloudPrerequisites {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::Prerequisites {
                remote,
                name,
                region,
                ssh_key,
                security_group,
                open,
                open_to_the_world,
            } => {
                let open = open.iter().map(|text| opening(text)).collect::<Result<Vec<Value>, Failure>>()?;
                let body = json!({
                    "regions": region,
                    "ssh_key": ssh_key,
                    "security_group": security_group,
                    "open": open,
                    "open_to_world": open_to_the_world,
                });
                let made = remote.connect()?.post(&format!("{}/prerequisites", path(&name)?), &body)?;
                style.print_as(&made, table)?;
                outcome(&made)
            }
            Self::SshKey(key) => key.run(style),
        }
    }
}

impl SshKey {
    fn run(self, style: &Style) -> Result<(), Failure> {
        match self {
            Self::List { remote, name } => {
                let found = remote.connect()?.list(&format!("{}/ssh-keys", path(&name)?), "ssh_keys")?;
                style.print(&found, SSH_KEY)
            }
            Self::Reveal { remote, name, id } => {
                let connection = remote.connect()?;
                let password = secret_input::read_line("your password")?;
                let body = json!({ "password": password.expose() });
                let shown = connection.post(&format!("{}/reveal", key_path(&name, &id)?), &body)?;
                style.print_as(&shown, |shown| {
                    shown["private_key"].as_str().unwrap_or_default().trim_end().to_owned()
                })
            }
            Self::Put { remote, name, id } => {
                let connection = remote.connect()?;
                let private_key = secret_input::read_text("the private key")?;
                let body = json!({ "private_key": private_key.expose() });
                style.print(&connection.put(&format!("{}/material", key_path(&name, &id)?), &body)?, &[])
            }
            Self::Forget { remote, name, id } => {
                remote.connect()?.delete(&format!("{}/material", key_path(&name, &id)?))?;
                Ok(())
            }
        }
    }
}

fn key_path(name: &str, id: &str) -> Result<String, Failure> {
    Ok(format!("{}/ssh-keys/{}", path(name)?, segment(id)?))
}

/// `tcp:22:203.0.113.0/24`; the network may have colons, too.
fn opening(text: &str) -> Result<Value, Failure> {
    let mut parts = text.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(protocol), Some(ports), Some(cidr)) => {
            Ok(json!({ "protocol": protocol, "ports": ports, "cidr": cidr }))
        }
        _ => Err(Failure::new(
            Kind::Usage,
            format!("`{text}` is not PROTOCOL:PORT(S):NETWORK, for example tcp:22:203.0.113.0/24."),
        )),
    }
}

/// A line for each thing in each region.
fn table(made: &Value) -> String {
    let text = |value: &Value| printable(value.as_str().unwrap_or("-"));
    let regions = made["regions"].as_array().into_iter().flatten();
    let lines = regions.flat_map(|region| {
        let thing = move |member: &str, title: &str| {
            let one = &region[member];
            (!one.is_null()).then(|| {
                let state = text(&one["state"]);
                vec![
                    text(&region["region"]),
                    title.to_owned(),
                    state,
                    text(&one["id"]),
                    text(&one["message"]),
                ]
            })
        };
        [thing("ssh_key", "SSH key"), thing("security_group", "security group")].into_iter().flatten()
    });
    let header = ["REGION", "WHAT", "STATE", "ID", "MESSAGE"].map(str::to_owned);
    rows(lines, Some(header.into()))
}

fn outcome(made: &Value) -> Result<(), Failure> {
    let regions = made["regions"].as_array().into_iter().flatten();
    let is_failed =
        |region: &&Value| ["ssh_key", "security_group"].iter().any(|one| region[one]["state"] == "failed");
    match regions.filter(is_failed).count() {
        0 => Ok(()),
        count => Err(Failure::new(
            Kind::Partial,
            format!("Not everything could be made in {count} regions. It is safe to ask again."),
        )),
    }
}
