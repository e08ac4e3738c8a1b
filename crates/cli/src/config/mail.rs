//! `[mail]`: how letters leave.

use std::path::{Path, PathBuf};

use keystead_server::mail::{self, MailError, Mailbox, SmtpSettings};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Kind};

/// Where letters are put where no mail server is set up, in the data folder.
const OUTBOX: &str = "outbox";
const FROM: &str = "keystead@localhost";

/// `[mail]`.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// The mail server's name. Without one, letters are put into the folder `outbox` of the data folder, one .eml
    /// file each. Default: none.
    #[arg(long, env = "KEYSTEAD_SMTP_HOST", value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port; 587, 465 or 25, as smtp_security has it, where nothing is said. Default: none.
    #[arg(long, env = "KEYSTEAD_SMTP_PORT", value_name = "PORT")]
    smtp_port: Option<u16>,
    /// starttls: TLS after the greeting, or no letter; tls: TLS from the first byte; plain: none, for a server on
    /// this machine. Default: starttls.
    #[arg(long, env = "KEYSTEAD_SMTP_SECURITY", value_name = "KIND")]
    smtp_security: Option<Security>,
    /// A user at the mail server, where it asks for one. Default: none.
    #[arg(long, env = "KEYSTEAD_SMTP_USER", value_name = "NAME")]
    smtp_user: Option<String>,
    /// A file that holds that user's password in one line. Default: none.
    #[arg(long, env = "KEYSTEAD_SMTP_PASSWORD_FILE", value_name = "FILE")]
    smtp_password_file: Option<PathBuf>,
    /// File of certificates in PEM to trust for the mail server, besides those of the system. Default: none.
    #[arg(long, env = "KEYSTEAD_SMTP_CA_FILE", value_name = "FILE")]
    smtp_ca_file: Option<PathBuf>,
    /// The address letters are from. Default: keystead@localhost.
    #[arg(long, env = "KEYSTEAD_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
}

/// How the connection to the mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lowercase")]
enum Security {
    StartTls,
    Tls,
    Plain,
}

impl Mail {
    /// What is said here, and where nothing is, what `other` says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            smtp_host: self.smtp_host.or(other.smtp_host),
            smtp_port: self.smtp_port.or(other.smtp_port),
            smtp_security: self.smtp_security.or(other.smtp_security),
            smtp_user: self.smtp_user.or(other.smtp_user),
            smtp_password_file: self.smtp_password_file.or(other.smtp_password_file),
            smtp_ca_file: self.smtp_ca_file.or(other.smtp_ca_file),
            mail_from: self.mail_from.or(other.mail_from),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn defaults() -> Self {
        Self { smtp_security: Some(Security::StartTls), mail_from: Some(FROM.to_owned()), ..Self::default() }
    }

    /// Where letters go; `data` is the data folder.
    pub(crate) fn open(self, data: &Path) -> Result<Mailbox, Failure> {
        let from = self.mail_from.unwrap_or_else(|| FROM.to_owned());
        let Some(host) = self.smtp_host else { return Ok(Mailbox::outbox(&from, data.join(OUTBOX))?) };
        let login = match (self.smtp_user, self.smtp_password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => {
                let unreadable = |error: std::io::Error| {
                    Failure::new(Kind::Local, format!("The password file {}: {error}.", file.display()))
                };
                let password = std::fs::read_to_string(&file).map_err(unreadable)?;
                Some((user, password.trim_end_matches(['\r', '\n']).to_owned().into()))
            }
            _ => {
                return Err(Failure::new(
                    Kind::Usage,
                    "`smtp_user` and `smtp_password_file` go together; one is missing.",
                ));
            }
        };
        let security = match self.smtp_security.unwrap_or(Security::StartTls) {
            Security::StartTls => mail::Security::StartTls,
            Security::Tls => mail::Security::Tls,
            Security::Plain => mail::Security::Plain,
        };
        let settings =
            SmtpSettings { host, port: self.smtp_port, security, login, ca_file: self.smtp_ca_file };
        Ok(Mailbox::smtp(&from, settings)?)
    }
}

impl From<MailError> for Failure {
    fn from(MailError(text): MailError) -> Self {
        Self::new(Kind::Local, format!("{text}."))
    }
}
