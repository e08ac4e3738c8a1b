//! Replacing a file whole: readers see the old text or the new one, and a power failure leaves one of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// More than any file that people write by hand, in bytes.
const SIZE_MAX: u64 = 1024 * 1024;

/// A file about to be replaced. Others that replace the same file in this way wait until this is dropped.
pub(crate) struct Replacement {
    target: PathBuf,
    unfinished: PathBuf,
    file: File,
}

impl Replacement {
    /// Begins. A link is followed, so that it stays a link.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let target = match fs::canonicalize(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
            found => found?,
        };
        let mut name = target.file_name().ok_or_else(|| io::Error::other("this is not a file"))?.to_owned();
        name.push(".keystead");
        let unfinished = target.with_file_name(name);
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&unfinished)?;
            file.lock()?;
            // Whoever held the lock before may have made this file the target: then there is a newer one.
            if fs::metadata(&unfinished).is_ok_and(|named| is_same(&named, &file)) {
                return Ok(Self { target, unfinished, file });
            }
        }
    }

    /// The text there is now; none where there is no file.
    pub(crate) fn text(&self) -> io::Result<String> {
        let mut text = String::new();
        match File::open(&self.target) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(file) if !file.metadata()?.is_file() => {
                return Err(io::Error::other("this is not a regular file"));
            }
            Ok(file) => {
                if file.take(SIZE_MAX + 1).read_to_string(&mut text)? as u64 > SIZE_MAX {
                    return Err(io::Error::other("this is too large to be a credentials file"));
                }
            }
        }
        Ok(text)
    }

    /// Puts the new text in the old one's place, for the same owner and readers.
    pub(crate) fn finish(self, text: &str) -> io::Result<()> {
        self.finish_as(text, None)
    }

    /// The same for the readers that a mode lets in, where one is given.
    pub(crate) fn finish_as(mut self, text: &str, wanted: Option<u32>) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        let mut mode = wanted.unwrap_or(0o600);
        if let Ok(old) = fs::metadata(&self.target) {
            mode = wanted.unwrap_or_else(|| mode_after(old.mode()));
            let new = self.file.metadata()?;
            if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                fchown(&self.file, Some(old.uid()), Some(old.gid()))?;
            }
        }
        self.file.set_permissions(fs::Permissions::from_mode(mode))?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()?;
        fs::rename(&self.unfinished, &self.target)?;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        // Only while it is still ours: once finished, the name may be somebody else's next attempt.
        if fs::metadata(&self.unfinished).is_ok_and(|named| is_same(&named, &self.file)) {
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

fn is_same(named: &fs::Metadata, file: &File) -> bool {
    file.metadata().is_ok_and(|open| (open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// A mode that keeps everybody else out was chosen and stays. One that lets them in is what a file has that
/// nobody thought about.
fn mode_after(mode: u32) -> u32 {
    let is_open_to_others = mode & 0o007 != 0;
    if is_open_to_others { 0o600 } else { mode & 0o777 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(path: &Path, text: &str) -> io::Result<()> {
        Replacement::begin(path)?.finish(text)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_is_private_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        replace(&path, "text").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        drop(Replacement::begin(&path).unwrap());
        assert_eq!(names(folder.path()), ["credentials"]);
    }

    #[test]
    fn a_mode_that_keeps_others_out_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        for (before, after) in [(0o640, 0o640), (0o644, 0o600), (0o600, 0o600), (0o400, 0o400)] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
            replace(&path, "new").unwrap();
            assert_eq!(path.metadata().unwrap().mode() & 0o777, after, "{before:o}");
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, "new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[test]
    fn two_at_once_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let replacement = Replacement::begin(&path).unwrap();
                        let text = replacement.text().unwrap() + "x";
                        replacement.finish(&text).unwrap();
                    }
                });
            }
        });
        assert_eq!(fs::read_to_string(&path).unwrap().len(), 80);
        assert_eq!(names(folder.path()), ["credentials"]);
    }

    #[test]
    fn what_is_not_a_file_of_text_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Replacement::begin(&folder.path().join("missing/credentials")).is_err());
        let path = folder.path().join("credentials");
        fs::write(&path, b"\xff\xfe").unwrap();
        assert!(Replacement::begin(&path).unwrap().text().is_err());
        fs::write(&path, vec![b'x'; SIZE_MAX as usize + 1]).unwrap();
        assert!(Replacement::begin(&path).unwrap().text().is_err());
        assert!(Replacement::begin(folder.path()).unwrap().text().is_err());
    }
}
