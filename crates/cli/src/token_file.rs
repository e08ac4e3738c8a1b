//! Tokens that are shown once go into a file that only its owner may read.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::Value;

use crate::failure::{Failure, Kind};

/// Enrolls with the token going to a new file. The file is made first: a token that is shown once must have somewhere
/// to go.
pub(crate) fn put_into(
    file: &Path,
    enroll: impl FnOnce() -> Result<Value, Failure>,
) -> Result<Value, Failure> {
    let failed = |error: std::io::Error| Failure::new(Kind::Local, format!("{}: {error}.", file.display()));
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    let write = || {
        let mut enrolled = enroll()?;
        let members = enrolled.as_object_mut();
        let token = members.and_then(|members| members.remove("token"));
        let token = token.as_ref().and_then(Value::as_str).unwrap_or_default();
        // No line break at the end: some SDKs would send it along.
        made.write_all(token.as_bytes()).and_then(|()| made.sync_all()).map_err(failed)?;
        enrolled["token_file"] = file.display().to_string().into();
        Ok(enrolled)
    };
    write().inspect_err(|_: &Failure| {
        // What is left is an empty file of our own.
        let _ = std::fs::remove_file(file);
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_goes_to_a_private_new_file_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let shown = put_into(&file, || Ok(json!({ "name": "web", "token": "t0ken" }))).unwrap();
        assert_eq!(shown, json!({ "name": "web", "token_file": file.display().to_string() }));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "t0ken");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(put_into(&file, || unreachable!("the file is there already")).is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "t0ken");
    }

    #[test]
    fn a_refused_enrollment_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        put_into(&file, || Err(Failure::new(Kind::Denied, "No."))).unwrap_err();
        assert!(!file.exists());
    }
}
