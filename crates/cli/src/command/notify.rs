//! Who is told of a managed credential's rotations, as flags.

use std::path::{Path, PathBuf};

use clap::Args;
use keystead_core::SecretString;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Kind};

/// Who is told. What is not said stays as it is; at the beginning it is whom the installation names.
#[derive(Debug, Args)]
pub(crate) struct Notify {
    /// An e-mail address that is told of its rotations, instead of the installation's.
    #[arg(long, value_name = "ADDRESS")]
    notify_email: Option<String>,
    /// Where signed calls about its rotations go, instead of the installation's.
    #[arg(long, value_name = "URL", requires = "notify_webhook_secret_file")]
    notify_webhook: Option<String>,
    /// A file with the secret that those calls are signed with, in one line of 16 bytes or more.
    #[arg(long, value_name = "FILE", requires = "notify_webhook")]
    notify_webhook_secret_file: Option<PathBuf>,
}

impl Notify {
    /// The members of the request.
    pub(crate) fn body(self) -> Result<Map<String, Value>, Failure> {
        let mut body = Map::new();
        body.extend(self.notify_email.map(|email| ("email".to_owned(), email.into())));
        if let Some((url, file)) = self.notify_webhook.zip(self.notify_webhook_secret_file) {
            let secret = read_secret_file(&file)?;
            body.insert("webhook".to_owned(), json!({ "url": url, "secret": secret.expose() }));
        }
        Ok(body)
    }
}

/// A secret that stands in one line of a file.
pub(crate) fn read_secret_file(file: &Path) -> Result<SecretString, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(Kind::Local, format!("The secret's file {}: {error}.", file.display()))
    };
    let text = SecretString::new(std::fs::read_to_string(file).map_err(unreadable)?);
    Ok(SecretString::new(text.expose().trim_end_matches(['\r', '\n']).to_owned()))
}
