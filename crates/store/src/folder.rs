//! The data folder, held by one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Result, StoreError};

/// A data folder and the lock on it. The system gives the lock up when the process ends, however it ends.
pub(crate) struct DataFolder {
    path: PathBuf,
    lock: File,
}

impl DataFolder {
    /// Makes the folder where it is missing, and locks it; a second process is told who holds it.
    pub(crate) fn lock(path: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", path.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                lock.read_to_string(&mut pid).map_err(failed)?;
                return Err(StoreError::InUse {
                    folder: path.display().to_string(),
                    pid: pid.trim().to_owned(),
                });
            }
        }
        let mut name = || {
            lock.set_len(0)?;
            lock.rewind()?;
            writeln!(lock, "{}", std::process::id())
        };
        name().map_err(failed)?;
        Ok(Self { path: path.to_owned(), lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the folder go before the process ends.
    pub(crate) fn unlock(&self) -> Result<()> {
        self.lock.unlock().map_err(|error| StoreError::Unavailable(error.to_string()))
    }
}
