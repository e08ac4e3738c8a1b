//! Secrets come from standard input, the one place where nobody else sees them.

use std::io::{self, IsTerminal, Read};

use keystead_core::SecretString;

use crate::failure::{Failure, Kind};

/// More than any secret in one line has, in bytes.
const SECRET_MAX: u64 = 4096;

/// Reads a secret in one line; `what` is what people call it.
pub(crate) fn read(what: &str) -> Result<SecretString, Failure> {
    if io::stdin().is_terminal() {
        eprintln!("Paste {what}, then press Ctrl-D.");
    }
    let mut text = String::new();
    io::stdin().take(SECRET_MAX).read_to_string(&mut text)?;
    let text = SecretString::new(text);
    let secret = text.expose().trim_end_matches(['\r', '\n']);
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        return Err(Failure::new(
            Kind::Usage,
            format!("Give {what} on standard input, in one line and nothing else."),
        ));
    }
    Ok(secret.to_owned().into())
}

/// The longest password, in bytes, with the end of its line.
const PASSWORD_MAX: u64 = 1024;

/// Reads the caller's own password, which may have spaces.
pub(crate) fn read_password() -> Result<SecretString, Failure> {
    if io::stdin().is_terminal() {
        eprintln!("Type your password, then press Ctrl-D.");
    }
    let mut text = String::new();
    io::stdin().take(PASSWORD_MAX).read_to_string(&mut text)?;
    let text = SecretString::new(text);
    match text.expose().trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::new(Kind::Usage, "Give your password on standard input, in one line.")),
        password => Ok(password.to_owned().into()),
    }
}
