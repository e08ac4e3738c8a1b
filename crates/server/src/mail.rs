//! How letters leave: by SMTP, or into an outbox folder where no server is set up, so that an installation of one
//! binary has everything and a person can still read what would have been sent.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use keystead_core::{SecretString, Timestamp};
use keystead_gate::mail::{Letter, Post, Unsent};
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox as Address};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};

/// How long a line of a letter may be. Source: RFC 5322, section 2.1.1.
const LINE_MAX: usize = 998;
/// How long one exchange with the mail server may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What an operator says of the mail server.
pub struct SmtpSettings {
    /// Its name, which its certificate has to show.
    pub host: String,
    /// Its port; the usual one of its kind of security where none is said.
    pub port: Option<u16>,
    /// How the connection is kept secret.
    pub security: Security,
    /// A user there, and its password.
    pub login: Option<(String, SecretString)>,
    /// Certificates in PEM to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// How a connection to a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS after a plain greeting; no letter goes without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None: for a server on the same machine.
    Plain,
}

/// Where letters go.
pub struct Mailbox {
    from: Address,
    way: Way,
}

enum Way {
    Smtp(Box<SmtpTransport>),
    Outbox(PathBuf),
}

/// Mail cannot be sent as it is set up; the text says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailError(pub String);

impl Mailbox {
    /// Letters from `from` by way of a mail server.
    pub fn smtp(from: &str, settings: SmtpSettings) -> Result<Self, MailError> {
        let SmtpSettings { host, port, security, login, ca_file } = settings;
        let (usual, tls) = match security {
            Security::StartTls => (587, Tls::Required(trust(&host, ca_file)?)),
            Security::Tls => (465, Tls::Wrapper(trust(&host, ca_file)?)),
            Security::Plain => (25, Tls::None),
        };
        let server = SmtpTransport::builder_dangerous(host)
            .port(port.unwrap_or(usual))
            .tls(tls)
            .timeout(Some(TIMEOUT));
        let server = match login {
            Some((user, password)) => server.credentials(Credentials::new(user, password.expose().clone())),
            None => server,
        };
        Ok(Self { from: address(from)?, way: Way::Smtp(Box::new(server.build())) })
    }

    /// Letters from `from` into a folder, one file each.
    pub fn outbox(from: &str, folder: PathBuf) -> Result<Self, MailError> {
        Ok(Self { from: address(from)?, way: Way::Outbox(folder) })
    }

    fn write(&self, id: &str, letter: &Letter, now: Timestamp) -> Result<Message, Unsent> {
        let to = address(&letter.to).map_err(|MailError(text)| Unsent(text))?;
        let date = UNIX_EPOCH + Duration::from_micros(now.micros().unsigned_abs());
        let body = body(&letter.text);
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.as_str())
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|error| Unsent(error.to_string()))
    }
}

impl Post for Mailbox {
    fn send(&self, id: &str, letter: &Letter, now: Timestamp) -> Result<(), Unsent> {
        let message = self.write(id, letter, now)?;
        match &self.way {
            Way::Smtp(server) => server.send(&message).map(drop).map_err(|error| Unsent(chain(&error))),
            Way::Outbox(folder) => {
                let name = format!("{}-{id}.eml", now.micros());
                put(folder.clone(), &name, &message.formatted()).map_err(|error| Unsent(error.to_string()))
            }
        }
    }
}

/// A text as it is sent: as it is where it may, so that links stay whole, which lettre would wrap in the middle.
fn body(text: &str) -> Body {
    let is_plain = text.is_ascii() && !text.contains('\0') && text.lines().all(|line| line.len() < LINE_MAX);
    if !is_plain {
        return Body::new(text.to_owned());
    }
    let lines = text.lines().flat_map(|line| [line, "\r\n"]).collect::<String>();
    Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
}

/// Writes a file that nobody else may read, whole or not at all.
fn put(folder: PathBuf, name: &str, text: &[u8]) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let draft = folder.join(format!(".{name}"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(draft, folder.join(name))
}

fn address(text: &str) -> Result<Address, MailError> {
    text.parse().map_err(|error| MailError(format!("`{text}` is no e-mail address: {error}")))
}

fn trust(host: &str, ca_file: Option<PathBuf>) -> Result<TlsParameters, MailError> {
    let mut trusted = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let wrong = |error: &dyn std::fmt::Display| MailError(format!("{}: {error}", path.display()));
        let pem = fs::read(&path).map_err(|error| wrong(&error))?;
        trusted = trusted.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| wrong(&error))?);
    }
    trusted.build().map_err(|error| MailError(chain(&error)))
}

/// An error with what it rests on, since lettre's own texts say little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let told = error.to_string();
        if !text.contains(&told) {
            text = format!("{text}: {told}");
        }
        source = error.source();
    }
    text
}
