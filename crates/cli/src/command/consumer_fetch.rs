//! `keystead consumer fetch`: keeps a signing certificate and its private key current in files.
//!
//! Both change together or not at all: each pair has a folder of its own, and `current` is a link that is put
//! over the old one. Whoever opens two files may still meet one of each pair, so both are in `identity.pem`, too.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
use crate::following;

/// The link to the pair that is to be used.
const CURRENT: &str = "current";

/// Keep a signing certificate and its private key current in files, and tell the server once they are.
#[derive(Debug, clap::Args)]
pub(crate) struct Fetch {
    #[command(flatten)]
    remote: Remote,
    /// The file with the consumer's token.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// The folder. In it, current/ has certificate.pem, private-key.pem, and identity.pem with both.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What to run, by sh, once the files have changed, and when starting. It gets no secret.
    #[arg(long, value_name = "COMMAND")]
    reload_command: Option<String>,
    /// Do it once and end; then the command runs after a change only.
    #[arg(long)]
    once: bool,
}

/// What is fetched.
struct Pair<'v> {
    id: &'v str,
    certificate: &'v str,
    private_key: &'v str,
}

impl<'v> Pair<'v> {
    fn of(answer: &'v Value) -> Result<Self, Failure> {
        let member = |name: &str| {
            let missing =
                "The consumer's credential is no signing certificate: take another way to fetch it.";
            answer[name].as_str().ok_or_else(|| Failure::new(Kind::Usage, missing.to_owned()))
        };
        let pair = Self {
            certificate: member("certificate_pem")?,
            private_key: member("private_key_pem")?,
            id: member("access_key_id")?,
        };
        // It becomes the name of a folder.
        if pair.id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(pair);
        }
        Err(Failure::new(Kind::Local, "The answer's certificate id is none.".to_owned()))
    }

    /// Puts the pair into the folder, unless it is there already. Whether it changed.
    fn put(&self, folder: &Path) -> io::Result<bool> {
        private_folder().recursive(true).create(folder)?;
        let current = folder.join(CURRENT);
        let before = fs::read_link(&current).ok();
        if before.as_deref() == Some(Path::new(self.id)) && self.is_whole(&current) {
            return Ok(false);
        }
        let unfinished = folder.join(format!(".{}", self.id));
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        private_folder().create(&unfinished)?;
        for (name, text) in self.files() {
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(unfinished.join(name))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        let place = folder.join(self.id);
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::rename(&unfinished, &place)?;
        let link = folder.join(format!(".{CURRENT}"));
        let _ = fs::remove_file(&link);
        symlink(self.id, &link)?;
        fs::rename(&link, &current)?;
        File::open(folder)?.sync_all()?;
        Ok(true)
    }

    fn files(&self) -> [(&'static str, String); 3] {
        let (certificate, private_key) = (self.certificate.to_owned(), self.private_key.to_owned());
        let identity = format!("{}\n{}\n", certificate.trim_end(), private_key.trim_end());
        [("certificate.pem", certificate), ("private-key.pem", private_key), ("identity.pem", identity)]
    }

    fn is_whole(&self, place: &Path) -> bool {
        self.files()
            .iter()
            .all(|(name, text)| fs::read_to_string(place.join(name)).is_ok_and(|is| is == *text))
    }
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Removes the pairs that are no longer current.
fn forget_others(folder: &Path, id: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() && name != *id && entry.path().join("identity.pem").exists() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

impl Fetch {
    /// Does it, once or until the process is ended.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let connection = self.remote.connect_as_consumer(&self.token_file)?;
        let (mut needs_reload, mut reported) = (!self.once, None);
        let mut turn = || self.turn(&connection, &mut needs_reload, &mut reported);
        if self.once {
            return turn().map(|_| ());
        }
        following::follow(turn)
    }

    /// Brings the files up to date and says so; gives the time to wait until the next turn.
    fn turn(
        &self,
        connection: &Connection,
        needs_reload: &mut bool,
        reported: &mut Option<String>,
    ) -> Result<Duration, Failure> {
        let answer = connection.get("/api/v1/consumer/credential")?;
        let pair = Pair::of(&answer)?;
        let failed = |error: io::Error| {
            Failure::new(Kind::Local, format!("{} could not be kept current: {error}.", self.out.display()))
        };
        *needs_reload |= pair.put(&self.out).map_err(failed)?;
        if *needs_reload {
            following::reload(self.reload_command.as_deref())?;
            *needs_reload = false;
        }
        if reported.as_deref() != Some(pair.id) {
            connection.post("/api/v1/consumer/applied", &json!({ "access_key_id": pair.id }))?;
            *reported = Some(pair.id.to_owned());
            forget_others(&self.out, pair.id).map_err(failed)?;
        }
        Ok(following::pause_after(&answer["lease_seconds"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_takes_the_place_of_another_at_once_and_the_other_goes() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("tls");
        let one = Pair { id: "ONE", certificate: "c1", private_key: "k1" };
        let two = Pair { id: "TWO", certificate: "c2", private_key: "k2" };
        let read = |name: &str| fs::read_to_string(out.join(CURRENT).join(name)).unwrap();
        assert!(one.put(&out).unwrap());
        assert!(!one.put(&out).unwrap());
        assert_eq!(read("identity.pem"), "c1\nk1\n");
        assert!(two.put(&out).unwrap());
        assert_eq!((read("certificate.pem"), read("private-key.pem")), ("c2".to_owned(), "k2".to_owned()));
        assert!(out.join("ONE").exists(), "who had it open goes on");
        forget_others(&out, "TWO").unwrap();
        assert!(!out.join("ONE").exists() && out.join("TWO").exists());
        // What somebody else changed is put right.
        fs::write(out.join("TWO/certificate.pem"), "other").unwrap();
        assert!(two.put(&out).unwrap());
        assert_eq!(read("certificate.pem"), "c2");
    }

    #[test]
    fn an_answer_without_a_certificate_is_refused_and_so_is_a_path_as_an_id() {
        assert!(Pair::of(&json!({ "access_key_id": "A", "secret_access_key": "s" })).is_err());
        let id = "../x";
        assert!(
            Pair::of(&json!({ "access_key_id": id, "certificate_pem": "c", "private_key_pem": "k" }))
                .is_err()
        );
    }
}
