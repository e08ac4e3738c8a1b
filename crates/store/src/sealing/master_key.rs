//! The master key, which wraps the data keys and never lies in the database.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use keystead_core::{Rng, SecretBytes};
use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY_LENGTH};
use crate::error::{Result, StoreError};

/// Something that wraps data keys: a file here; a token or a remote service can follow.
pub trait MasterKey: Send + Sync {
    /// Wraps the data key of this number.
    fn wrap(&self, number: u32, key: &[u8], rng: &dyn Rng) -> Result<Vec<u8>>;

    /// Unwraps what [`MasterKey::wrap`] gave for this number.
    fn unwrap(&self, number: u32, wrapped: &[u8]) -> Result<SecretBytes>;
}

/// A master key in a file of the data folder: 32 bytes in hexadecimal.
pub(crate) struct FileMasterKey(Cipher);

const NAME: &str = "master.key";

impl FileMasterKey {
    /// Reads the file. It is made where it is missing, unless there is data that only the lost key opens.
    pub(crate) fn load_or_create(folder: &Path, has_data: bool, rng: &dyn Rng) -> Result<Self> {
        let path = folder.join(NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound && !has_data => create(folder, rng)?,
            Err(error) => return Err(refused(&path, &format!("{error}; the database needs its master key"))),
        };
        let mode = fs::metadata(&path).map_err(|error| refused(&path, &error.to_string()))?.mode();
        if mode & 0o077 != 0 {
            return Err(refused(
                &path,
                &format!("its mode is {:o}, but only its owner may read it: chmod 600 it", mode & 0o777),
            ));
        }
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        hex::decode_to_slice(text.trim(), &mut *key)
            .map_err(|_| refused(&path, "a master key is 64 hexadecimal digits"))?;
        Ok(Self(Cipher::new(&*key)?))
    }
}

impl MasterKey for FileMasterKey {
    fn wrap(&self, number: u32, key: &[u8], rng: &dyn Rng) -> Result<Vec<u8>> {
        self.0.seal(&place(number), key, rng)
    }

    fn unwrap(&self, number: u32, wrapped: &[u8]) -> Result<SecretBytes> {
        self.0.open(&place(number), wrapped).map_err(|_| {
            StoreError::Sealed(format!("the master key is not the one that wrapped data key {number}"))
        })
    }
}

fn place(number: u32) -> Vec<u8> {
    [b"data key ".as_slice(), &number.to_be_bytes()].concat()
}

/// Draws a key and writes it such that a power failure leaves the whole file or none.
fn create(folder: &Path, rng: &dyn Rng) -> Result<Zeroizing<String>> {
    let mut key = Zeroizing::new([0; KEY_LENGTH]);
    rng.fill(&mut *key);
    let text = Zeroizing::new(hex::encode(key.as_slice()));
    let path = folder.join(NAME);
    let unfinished = folder.join(format!("{NAME}.new"));
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| refused(&path, &error.to_string()))?;
    Ok(text)
}

fn refused(path: &Path, reason: &str) -> StoreError {
    StoreError::Sealed(format!("{}: {reason}", path.display()))
}
