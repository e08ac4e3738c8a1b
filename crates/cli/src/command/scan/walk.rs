//! The files of a folder, links not followed, repositories' own files left out.

use std::fs;
use std::path::Path;

use super::{FILE_MAX, Scanner};
use crate::failure::{Failure, Kind};

/// Looks at a file, or at all files below a folder.
pub(super) fn files(root: &Path, scanner: &mut Scanner) -> Result<(), Failure> {
    let metadata = fs::metadata(root)
        .map_err(|error| Failure::new(Kind::NotFound, format!("{}: {error}.", root.display())))?;
    if metadata.is_file() {
        look_at(root, metadata.len(), scanner);
        return Ok(());
    }
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            scanner.skip();
            continue;
        };
        let mut entries: Vec<_> = entries.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            match entry.metadata() {
                Ok(found) if found.is_dir() && entry.file_name() != ".git" => folders.push(entry.path()),
                Ok(found) if found.is_file() => look_at(&entry.path(), found.len(), scanner),
                Ok(_) => {}
                Err(_) => scanner.skip(),
            }
        }
    }
    Ok(())
}

fn look_at(path: &Path, length: u64, scanner: &mut Scanner) {
    if length > FILE_MAX {
        return scanner.skip();
    }
    match fs::read(path) {
        Ok(bytes) => scanner.look_at(&path.display().to_string(), &bytes),
        Err(_) => scanner.skip(),
    }
}
