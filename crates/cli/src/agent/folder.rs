//! The agent's state folder: the last good answers and what was put where, each consumer in a file of its own that
//! only the owner may read, and the lock that keeps a second agent out.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::held::Written;
use super::output::Record;
use crate::failure::{Failure, Kind};
use crate::replace::Replacement;

/// What is kept of a consumer.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The last good answer.
    pub(super) held: Option<Written>,
    /// What was put where.
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, Record>,
    /// How it stands, for `keystead agent status`.
    #[serde(default)]
    pub(crate) standing: Standing,
}

/// How a consumer stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// The key that is in place everywhere, as the server was told.
    pub(crate) reported: Option<String>,
    /// What is wrong, as sentences.
    pub(crate) trouble: Option<String>,
    /// Since when it stands so.
    pub(crate) since: String,
}

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder at a path, made where there is none. One that others may read is refused.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |reason: &dyn std::fmt::Display| {
            Failure::new(
                Kind::Local,
                format!("The state folder {} cannot be used: {reason}.", path.display()),
            )
        };
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(&error)),
            _ => {}
        }
        let mode = fs::metadata(path).map_err(|error| failed(&error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(failed(&"others may read it; chmod 700 it"));
        }
        Ok(Self(path.to_owned()))
    }

    /// Keeps other agents out for as long as what is returned lives.
    pub(crate) fn lock(&self) -> Result<File, Failure> {
        self.try_lock()?.ok_or_else(|| {
            Failure::new(Kind::Conflict, format!("Another agent uses the state folder {}.", self.0.display()))
        })
    }

    /// Whether an agent is running.
    pub(crate) fn is_locked(&self) -> Result<bool, Failure> {
        Ok(self.try_lock()?.is_none())
    }

    fn try_lock(&self) -> Result<Option<File>, Failure> {
        let path = self.0.join("agent.lock");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// What is kept of a consumer; nothing where that cannot be read: the server will say it again.
    pub(crate) fn load(&self, consumer: &str) -> Kept {
        let text = fs::read(self.path(consumer)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Keeps it.
    pub(crate) fn save(&self, consumer: &str, kept: &Kept) -> Result<(), Failure> {
        let text =
            serde_json::to_string(kept).map_err(|error| Failure::new(Kind::Local, error.to_string()))?;
        Ok(Replacement::begin(&self.path(consumer))?.finish_as(&text, Some(0o600))?)
    }

    fn path(&self, consumer: &str) -> PathBuf {
        self.0.join(format!("{consumer}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_and_one_agents() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        let folder = Folder::open(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        let lock = folder.lock().unwrap();
        assert_eq!(folder.lock().unwrap_err().kind, Kind::Conflict);
        drop(lock);
        assert!(!folder.is_locked().unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Folder::open(&path).unwrap_err().text.contains("chmod 700"));
    }

    #[test]
    fn what_is_kept_is_private_and_what_cannot_be_read_is_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(&parent.path().join("state")).unwrap();
        let standing = Standing { reported: Some("AKIA".to_owned()), ..Standing::default() };
        folder.save("web", &Kept { standing: standing.clone(), ..Kept::default() }).unwrap();
        assert_eq!(folder.load("web").standing, standing);
        assert_eq!(folder.path("web").metadata().unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(folder.path("web"), "{").unwrap();
        assert!(folder.load("web").held.is_none());
    }
}
