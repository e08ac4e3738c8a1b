//! Secrets come from standard input, the one place where nobody else sees them.

use std::io::{self, IsTerminal, Read};

use keystead_core::SecretString;

use crate::failure::{Failure, Kind};

/// More than any secret has, in bytes.
const SECRET_MAX: u64 = 16 * 1024;

/// Reads a secret without white space in one line; `what` is what people call it.
pub(crate) fn read(what: &str) -> Result<SecretString, Failure> {
    let secret = read_line(what)?;
    if secret.expose().contains(char::is_whitespace) { Err(not_one_line(what)) } else { Ok(secret) }
}

/// Reads a secret in one line; `what` is what people call it.
pub(crate) fn read_line(what: &str) -> Result<SecretString, Failure> {
    let text = read_text(what)?;
    let secret = text.expose().trim_end_matches(['\r', '\n']);
    if secret.is_empty() || secret.contains(['\r', '\n']) {
        return Err(not_one_line(what));
    }
    Ok(secret.to_owned().into())
}

/// Reads two secrets in a line each; `what` is what people call them.
pub(crate) fn read_two_lines(what: &str) -> Result<[SecretString; 2], Failure> {
    let text = read_text(what)?;
    let lines: Vec<&str> = text.expose().lines().collect();
    match lines[..] {
        [one, two] if !one.is_empty() && !two.is_empty() => {
            Ok([one.to_owned().into(), two.to_owned().into()])
        }
        _ => Err(Failure::new(Kind::Usage, format!("Give {what} on standard input, in a line each."))),
    }
}

/// Reads a secret of any number of lines; `what` is what people call it.
pub(crate) fn read_text(what: &str) -> Result<SecretString, Failure> {
    if io::stdin().is_terminal() {
        eprintln!("Paste {what}, then press Ctrl-D.");
    }
    let mut text = String::new();
    io::stdin().take(SECRET_MAX).read_to_string(&mut text)?;
    Ok(SecretString::new(text))
}

fn not_one_line(what: &str) -> Failure {
    Failure::new(Kind::Usage, format!("Give {what} on standard input, in one line and nothing else."))
}
