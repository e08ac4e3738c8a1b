//! The agent's configuration file, and what can be wrong with one.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::connection::Remote;
use crate::failure::{Failure, Kind};

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The server's address.
    pub(crate) url: String,
    /// A file of certificates in PEM to trust besides the system's.
    pub(crate) cacert: Option<PathBuf>,
    /// The folder for what has to outlive a restart; only its owner may read it.
    #[serde(default = "default_state")]
    pub(crate) state: PathBuf,
    /// Where the container credentials endpoint listens: an address of loopback.
    pub(crate) listen: Option<SocketAddr>,
    /// The socket that systemd asks.
    pub(crate) systemd_socket: Option<PathBuf>,
    /// The consumers.
    #[serde(default, rename = "consumer")]
    pub(crate) consumers: Vec<ConsumerSettings>,
}

/// One consumer, and how it is given its credential.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsumerSettings {
    /// A name, unique in the file; it stands in the endpoint's address.
    pub(crate) name: String,
    /// The file with the token of `keystead consumer enroll`.
    pub(crate) token_file: PathBuf,
    /// Whether SDKs are given sessions made with the key, or the key itself.
    #[serde(default = "yes")]
    pub(crate) sessions: bool,
    /// Serve it at the container credentials endpoint.
    pub(crate) container: Option<Container>,
    /// Serve it in place of the instance metadata service.
    pub(crate) imds: Option<Imds>,
    /// Hand it to systemd.
    pub(crate) systemd: Option<Systemd>,
    /// Write it into files.
    #[serde(default, rename = "file")]
    pub(crate) files: Vec<FileSettings>,
    /// Run commands with it.
    #[serde(default, rename = "exec")]
    pub(crate) commands: Vec<ExecSettings>,
}

/// The container credentials endpoint of a consumer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Container {
    /// The file with what the SDK has to send; made where there is none.
    pub(crate) authorization_token_file: PathBuf,
}

/// The stand-in for the instance metadata service: one address a consumer, for it knows no names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imds {
    /// Where it listens: an address of loopback.
    pub(crate) listen: SocketAddr,
}

/// A unit's credential in the sense of systemd.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Systemd {
    /// The unit that may have it, with its suffix.
    pub(crate) unit: String,
    /// The name in `LoadCredential=`.
    pub(crate) credential: String,
    /// In which form.
    #[serde(default)]
    pub(crate) format: Form,
}

/// The text that systemd hands over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    /// `{"access_key_id": …, "secret_access_key": …}`.
    #[default]
    Json,
    /// `AWS_ACCESS_KEY_ID=…` and `AWS_SECRET_ACCESS_KEY=…`.
    Env,
    /// A shared credentials file with the profile `default`.
    Credentials,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSettings {
    /// The file.
    pub(crate) path: PathBuf,
    /// What it is.
    pub(crate) format: Format,
    /// The profile of a shared credentials file.
    #[serde(default = "default_profile")]
    pub(crate) profile: String,
    /// Where the key's id stands: a variable's name, or a path like `aws.key.id`.
    pub(crate) access_key_id: Option<String>,
    /// Where its secret stands.
    pub(crate) secret_access_key: Option<String>,
    /// The file's permissions in octal; without it 0600, or what keeps others out already.
    pub(crate) mode: Option<String>,
    /// What to run, by sh, once it has changed. It gets no secret.
    pub(crate) reload_command: Option<String>,
    /// A file with the id of the process to signal once it has changed.
    pub(crate) pid_file: Option<PathBuf>,
    /// The signal, without SIG.
    #[serde(default = "default_signal")]
    pub(crate) signal: String,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// An AWS shared credentials file.
    Credentials,
    /// Lines `NAME=value`.
    Env,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// A command that is run with each new key.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExecSettings {
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
}

fn default_state() -> PathBuf {
    PathBuf::from("/var/lib/keystead-agent")
}

fn default_profile() -> String {
    "default".to_owned()
}

fn default_signal() -> String {
    "HUP".to_owned()
}

fn yes() -> bool {
    true
}

impl Settings {
    /// Reads a file and says what is wrong with it, with its line where there is one.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::new(Kind::Usage, format!("{}: {}", path.display(), error.to_string().trim_end()))
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let settings: Self = toml::from_str(&text).map_err(|error| wrong(&error))?;
        settings.check().map_err(|reason| wrong(&reason))?;
        Ok(settings)
    }

    /// Where the server is.
    pub(crate) fn remote(&self) -> Remote {
        Remote { url: self.url.clone(), cacert: self.cacert.clone() }
    }

    fn check(&self) -> Result<(), String> {
        if self.consumers.is_empty() {
            return Err("there is no [[consumer]].".to_owned());
        }
        let mut names = HashSet::new();
        let mut addresses: HashSet<SocketAddr> = self.listen.into_iter().collect();
        let mut places = HashSet::new();
        for consumer in &self.consumers {
            let name = &consumer.name;
            if !names.insert(name) {
                return Err(format!("there are two consumers `{name}`."));
            }
            consumer.check(self).map_err(|reason| format!("the consumer `{name}`: {reason}"))?;
            if let Some(Imds { listen }) = &consumer.imds
                && !addresses.insert(*listen)
            {
                return Err(format!("{listen} is listened on twice."));
            }
            for file in &consumer.files {
                if !places.insert(file.place()) {
                    return Err(format!("{} is written twice.", file.place()));
                }
            }
        }
        match addresses.iter().find(|address| !address.ip().is_loopback()) {
            Some(address) => Err(format!(
                "{address} is not an address of loopback, and credentials are served nowhere else: use 127.0.0.1 or ::1."
            )),
            None => Ok(()),
        }
    }
}

impl ConsumerSettings {
    /// Whether SDKs ask for it, so that it needs sessions where these are wanted.
    pub(crate) fn wants_session(&self) -> bool {
        self.sessions && (self.container.is_some() || self.imds.is_some())
    }

    fn check(&self, settings: &Settings) -> Result<(), String> {
        let is_right = |b: u8| b.is_ascii_alphanumeric() || b"+=,@_-.".contains(&b);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.bytes().all(is_right) {
            return Err(
                "`name` has letters, digits and characters of +=,.@_-, and no dot in front.".to_owned()
            );
        }
        if self.container.is_some() && settings.listen.is_none() {
            return Err("it has `container`, so say `listen` at the top of the file.".to_owned());
        }
        if self.systemd.is_some() && settings.systemd_socket.is_none() {
            return Err("it has `systemd`, so say `systemd_socket` at the top of the file.".to_owned());
        }
        let outputs = [self.container.is_some(), self.imds.is_some(), self.systemd.is_some()];
        if !outputs.contains(&true) && self.files.is_empty() && self.commands.is_empty() {
            return Err("it has no output: give container, imds, systemd, file or exec.".to_owned());
        }
        if self.commands.iter().any(|exec| exec.command.is_empty()) {
            return Err("`command` of exec needs a program.".to_owned());
        }
        self.files.iter().try_for_each(FileSettings::check)
    }
}

impl FileSettings {
    /// What tells it from other places.
    pub(crate) fn place(&self) -> String {
        let (id, _) = self.members();
        let within = if self.format == Format::Credentials { &self.profile } else { id };
        format!("{} {within}", self.path.display())
    }

    /// Where the id and the secret stand.
    pub(crate) fn members(&self) -> (&str, &str) {
        (
            self.access_key_id.as_deref().unwrap_or("AWS_ACCESS_KEY_ID"),
            self.secret_access_key.as_deref().unwrap_or("AWS_SECRET_ACCESS_KEY"),
        )
    }

    /// The permissions that were asked for.
    pub(crate) fn mode(&self) -> Option<u32> {
        self.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok())
    }

    fn check(&self) -> Result<(), String> {
        let file = self.path.display();
        if !self.path.is_absolute() {
            return Err(format!("`{file}` is not an absolute path."));
        }
        let needs_paths = matches!(self.format, Format::Json | Format::Yaml);
        if needs_paths && (self.access_key_id.is_none() || self.secret_access_key.is_none()) {
            return Err(format!(
                "{file}: say `access_key_id` and `secret_access_key`: where they stand, like `aws.key.id`."
            ));
        }
        if self.mode.is_some() && self.mode().is_none_or(|mode| mode > 0o777 || mode & 0o002 != 0) {
            return Err(format!("{file}: `mode` is octal, like \"0640\", and not for everybody to write."));
        }
        if self.reload_command.is_some() && self.pid_file.is_some() {
            return Err(format!("{file}: give `reload_command` or `pid_file`, not both."));
        }
        crate::agent::output::signal_of(&self.signal).map(|_| ())
    }
}

/// A file to begin with.
pub(crate) const EXAMPLE: &str = include_str!("example.toml");

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        toml::from_str::<Settings>(text).map_err(|error| error.to_string())?.check()
    }

    #[test]
    fn the_example_is_right_and_has_every_output() {
        check(EXAMPLE).unwrap();
        let consumers = toml::from_str::<Settings>(EXAMPLE).unwrap().consumers;
        assert!(
            consumers.iter().any(|one| one.container.is_some())
                && consumers.iter().any(|one| one.imds.is_some())
        );
        assert!(consumers.iter().any(|one| one.systemd.is_some()));
        assert!(consumers.iter().any(|one| !one.files.is_empty() && !one.commands.is_empty()));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        let head = "url = \"http://127.0.0.1:7360\"\n";
        let one = "[[consumer]]\nname = \"web\"\ntoken_file = \"/t\"\n";
        let container = "container.authorization_token_file = \"/a\"\n";
        for (text, part) in [
            (head.to_owned(), "no [[consumer]]"),
            (format!("{head}{one}"), "no output"),
            (format!("{head}{one}{container}"), "say `listen`"),
            (
                format!("{head}listen = \"0.0.0.0:1\"\n{one}{container}"),
                "0.0.0.0:1 is not an address of loopback",
            ),
            (
                format!("{head}{one}imds.listen = \"10.0.0.1:80\"\n"),
                "10.0.0.1:80 is not an address of loopback",
            ),
            (format!("{head}{one}exec = [{{ command = [] }}]\n"), "needs a program"),
            (format!("{head}{one}file = [{{ path = \"/f\", format = \"json\" }}]\n"), "`access_key_id`"),
            (format!("{head}{one}file = [{{ path = \"f\", format = \"env\" }}]\n"), "not an absolute path"),
            (
                format!("{head}{one}file = [{{ path = \"/f\", format = \"env\", mode = \"0666\" }}]\n"),
                "`mode` is octal",
            ),
            (
                format!("{head}{one}file = [{{ path = \"/f\", format = \"env\", signal = \"X\" }}]\n"),
                "`signal`",
            ),
            (
                format!("{head}{one}systemd = {{ unit = \"a.service\", credential = \"c\" }}\n"),
                "say `systemd_socket`",
            ),
            (format!("{head}listens = 1\n"), "listens"),
        ] {
            let reason = check(&text).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
    }
}
