//! A value that must not be printed: it shows itself as `***` and is wiped when dropped.

use std::fmt;

use zeroize::Zeroize;

/// A secret. `Debug` and `Display` print `***`; the value is reached only through [`Secret::expose`],
/// so that every place that handles the plain text can be found by that word.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(T);

/// A secret text: a secret access key, a token.
pub type SecretString = Secret<String>;
/// Secret bytes: a master key, a derived key.
pub type SecretBytes = Secret<Vec<u8>>;

impl<T: Zeroize> Secret<T> {
    /// Takes the value in. The caller's copy, if any, is the caller's to wipe.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The plain value. Never hand it to a log, an error or a `format!` of either.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_stars() {
        let secret = SecretString::new("wJalrXUtnFEMI".to_owned());
        assert_eq!(format!("{secret} {secret:?} {:#?}", Some(&secret)), "*** *** Some(\n    ***,\n)");
    }
}
