//! A key in a file: put there whole, read back, and taken up by whoever reads the file.

use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, kill_process};

use super::{Record, hash, process, signal_of, structured, variables};
use crate::agent::held::Pair;
use crate::agent::settings::{FileSettings, Format};
use crate::failure::{Failure, Kind};
use crate::replace::Replacement;
use crate::shared_credentials::{self, Keys};

/// Puts the key into the file where it is not there. What somebody else has put there since is left alone.
pub(super) fn write(settings: &FileSettings, key: &Pair, record: &Record) -> Result<(), Failure> {
    let keys = Keys { access_key_id: &key.access_key_id, secret: key.secret.expose() };
    let path = settings.path.display();
    let left = |kind, reason: &dyn std::fmt::Display| {
        Failure::new(kind, format!("{path} is left as it is: {reason}."))
    };
    let replacement = Replacement::begin(&settings.path).map_err(|error| left(Kind::Local, &error))?;
    let old = replacement.text().map_err(|error| left(Kind::Local, &error))?;
    let new = edit(settings, &old, &keys).map_err(|reason| left(Kind::Local, &reason))?;
    if new == old {
        return Ok(());
    }
    if let Some((id, secret)) = find(settings, &old).map_err(|reason| left(Kind::Local, &reason))?
        && !record.hash.is_empty()
        && hash(&id, &secret) != record.hash
    {
        let reason = format!(
            "somebody else has changed the key in it, which was {}. Take it out there or put that one back, and it will \
             be kept current again",
            record.access_key_id
        );
        return Err(left(Kind::Conflict, &reason));
    }
    replacement.finish_as(&new, settings.mode()).map_err(|error| left(Kind::Local, &error))?;
    let read = std::fs::read_to_string(&settings.path)?;
    if edit(settings, &read, &keys).as_deref() == Ok(&read) {
        return Ok(());
    }
    Err(Failure::new(Kind::Conflict, format!("{path} was changed by another program at the same moment.")))
}

/// Tells whoever reads the file.
pub(super) fn reload(settings: &FileSettings) -> Result<(), Failure> {
    let failed = |what: &dyn std::fmt::Display, reason: &dyn std::fmt::Display| {
        let path = settings.path.display();
        Failure::new(Kind::Partial, format!("{path} is current, but {what} failed: {reason}."))
    };
    if let Some(line) = &settings.reload_command {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        return process::run(command, None).map_err(|reason| failed(&"the reload command", &reason));
    }
    match &settings.pid_file {
        Some(pid_file) => signal(pid_file, &settings.signal)
            .map_err(|reason| failed(&format!("the signal to {}", pid_file.display()), &reason)),
        None => Ok(()),
    }
}

/// A process that is not there reads the file when it starts.
fn signal(pid_file: &Path, name: &str) -> Result<(), String> {
    let text = match std::fs::read_to_string(pid_file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(|error| error.to_string())?,
    };
    let number: i32 = text.trim().parse().map_err(|_| "it holds no process id".to_owned())?;
    let pid = Some(number).filter(|number| *number > 1).and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| "it holds no process id".to_owned())?;
    match kill_process(pid, signal_of(name)?) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// The text with the key in it.
fn edit(settings: &FileSettings, text: &str, keys: &Keys<'_>) -> Result<String, String> {
    let (id, secret) = settings.members();
    let members = [(id, keys.access_key_id), (secret, keys.secret)];
    match settings.format {
        Format::Credentials => {
            shared_credentials::edit(text, &settings.profile, keys).map_err(|error| error.to_string())
        }
        Format::Env => variables::edit(text, &members),
        Format::Json => structured::check_json(text).and_then(|()| structured::edit(text, &members)),
        Format::Yaml => structured::edit(text, &members),
    }
}

/// The key that is in the text; none where one of its halves is missing or empty.
fn find(settings: &FileSettings, text: &str) -> Result<Option<(String, String)>, String> {
    let (id, secret) = settings.members();
    let (id, secret) = match settings.format {
        Format::Credentials => shared_credentials::find(text, &settings.profile),
        Format::Env => (variables::find(text, id), variables::find(text, secret)),
        Format::Json | Format::Yaml => (structured::find(text, id)?, structured::find(text, secret)?),
    };
    Ok(id.zip(secret).filter(|(id, secret)| !id.is_empty() && !secret.is_empty()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::super::Output;
    use super::*;

    fn pair(id: &str) -> Pair {
        Pair { access_key_id: id.to_owned(), secret: format!("secret/of+{id}").into() }
    }

    fn file(path: PathBuf, format: Format, reload_command: &str) -> FileSettings {
        let is_structured = matches!(format, Format::Json | Format::Yaml);
        FileSettings {
            path,
            format,
            profile: "default".to_owned(),
            access_key_id: is_structured.then(|| "aws.id".to_owned()),
            secret_access_key: is_structured.then(|| "aws.secret".to_owned()),
            mode: Some("0640".to_owned()),
            reload_command: Some(reload_command.to_owned()),
            pid_file: None,
            signal: "HUP".to_owned(),
        }
    }

    const FILES: [(Format, &str); 4] = [
        (
            Format::Credentials,
            "# mine\n[other]\naws_access_key_id = KEPT\n\n[default]\naws_access_key_id = <id>\n\
             aws_secret_access_key = <secret>\n",
        ),
        (Format::Env, "# mine\nPORT=80\nexport AWS_ACCESS_KEY_ID=<id>\nAWS_SECRET_ACCESS_KEY=<secret>\n"),
        (Format::Json, "{\"port\": 80,\n  \"aws\": {\"id\": \"<id>\", \"secret\":\"<secret>\"} }\n"),
        (
            Format::Yaml,
            "# mine\nport: 80\naws:\n    id: \"<id>\" # ü\n    secret: \"<secret>\"\nlast: [1, ü]\n",
        ),
    ];

    #[test]
    fn each_kind_of_file_is_kept_current_and_otherwise_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        for (format, template) in FILES {
            let filled =
                |id: &str| template.replace("<id>", id).replace("<secret>", &format!("secret/of+{id}"));
            let path = folder.path().join(format!("{format:?}"));
            std::fs::write(&path, template).unwrap();
            let output = Output::File(file(path.clone(), format, "true"));
            let mut record = Record::default();
            for id in ["AKIA1", "AKIA2"] {
                output.apply("web", &pair(id), &mut record).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), filled(id));
            }
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
            // Somebody else's key in it.
            std::fs::write(&path, filled("FOREIGN")).unwrap();
            let failure = output.apply("web", &pair("AKIA3"), &mut record).unwrap_err();
            assert_eq!(failure.kind, Kind::Conflict);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), filled("FOREIGN"));
            assert!(failure.text.contains("AKIA2") && !failure.text.contains("secret/of"), "{failure}");
            // Put back, it is kept current again.
            std::fs::write(&path, filled("AKIA2")).unwrap();
            output.apply("web", &pair("AKIA3"), &mut record).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), filled("AKIA3"));
        }
    }

    #[test]
    fn a_reload_that_failed_is_done_again_although_the_file_is_current() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ready) = (folder.path().join("env"), folder.path().join("ready"));
        let output = Output::File(file(path.clone(), Format::Env, &format!("test -e {}", ready.display())));
        let mut record = Record::default();
        for _ in 0..2 {
            assert_eq!(output.apply("web", &pair("AKIA1"), &mut record).unwrap_err().kind, Kind::Partial);
        }
        assert!(std::fs::read_to_string(&path).unwrap().contains("AKIA1"));
        std::fs::write(&ready, "").unwrap();
        output.apply("web", &pair("AKIA1"), &mut record).unwrap();
        assert!(record.applied);
        // A process that is not there need not be told.
        let silent = FileSettings {
            reload_command: None,
            pid_file: Some(folder.path().join("pid")),
            ..file(path, Format::Env, "")
        };
        reload(&silent).unwrap();
        std::fs::write(folder.path().join("pid"), "-1").unwrap();
        assert_eq!(reload(&silent).unwrap_err().kind, Kind::Partial);
    }
}
