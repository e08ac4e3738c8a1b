//! A key from a profile of the AWS tools: the shared credentials file and the configuration file, as SDKs read them.
//! Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". What is temporary, or comes from
//! elsewhere, cannot be kept by a connection and is refused.

use std::collections::HashMap;
use std::path::PathBuf;

use keystead_core::SecretString;

use crate::environment;
use crate::failure::{Failure, Kind};
use crate::shared_credentials::{Line, read_line};

/// What a profile gives.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    /// The key: the profile's own, or the one that its role is assumed with.
    pub(crate) access_key_id: String,
    /// Its secret.
    pub(crate) secret: SecretString,
    /// The role to assume.
    pub(crate) role_arn: Option<String>,
}

type Settings = HashMap<String, String>;

/// Reads a profile from where the AWS tools have theirs.
pub(crate) fn read(name: &str) -> Result<Profile, Failure> {
    let home = PathBuf::from(environment::find("HOME").unwrap_or_default());
    let file = |variable: &str, place: &str| {
        let path = environment::find(variable).map_or_else(|| home.join(".aws").join(place), PathBuf::from);
        match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Text { path, text: None }),
            Err(error) => Err(Failure::new(Kind::Local, format!("{}: {error}.", path.display()))),
            Ok(text) => Ok(Text { path, text: Some(text.into()) }),
        }
    };
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
    let config = file("AWS_CONFIG_FILE", "config")?;
    find(&credentials, &config, name)
}

/// A file, if it is there.
struct Text {
    path: PathBuf,
    text: Option<SecretString>,
}

impl Text {
    /// The settings below a header; an indented line belongs to the setting before it and is passed over.
    fn settings(&self, header: &str) -> Result<Option<Settings>, Failure> {
        let mut found: Option<Settings> = None;
        let mut inside = false;
        for (index, line) in self.text.iter().flat_map(|text| text.expose().lines()).enumerate() {
            let read = read_line(line).map_err(|reason| {
                let place = format!("{}, line {}", self.path.display(), index + 1);
                Failure::new(Kind::Usage, format!("{place} {reason}."))
            })?;
            match read {
                Line::Header(name) => {
                    let words: Vec<&str> = name.split_whitespace().collect();
                    inside = words.join(" ") == header;
                    if inside {
                        found.get_or_insert_default();
                    }
                }
                Line::Entry { name, value_at } if inside => {
                    let value = line.get(value_at..).unwrap_or_default().trim().to_owned();
                    found.get_or_insert_default().insert(name, value);
                }
                Line::Entry { .. } | Line::Continuation | Line::Other => {}
            }
        }
        Ok(found)
    }
}

fn find(credentials: &Text, config: &Text, name: &str) -> Result<Profile, Failure> {
    let settings = settings(credentials, config, name)?;
    let Some(role_arn) = settings.get("role_arn").cloned() else {
        let (access_key_id, secret) = key(&settings, name)?;
        return Ok(Profile { access_key_id, secret, role_arn: None });
    };
    let Some(source) = settings.get("source_profile") else {
        return Err(refusal(
            name,
            "has a role_arn without a source_profile: the key to assume the role with is not on this machine. Give the \
             role with --role-arn, to be assumed with the installation's own key",
        ));
    };
    if settings.contains_key("mfa_serial") {
        return Err(refusal(name, "needs an MFA code for its role, which nobody could type each time"));
    }
    let own = source == name;
    let settings = if own { settings.clone() } else { self::settings(credentials, config, source)? };
    if !own && settings.contains_key("role_arn") {
        return Err(refusal(source, "assumes a role itself; one role from a key is what can be connected"));
    }
    let (access_key_id, secret) = key(&settings, source)?;
    Ok(Profile { access_key_id, secret, role_arn: Some(role_arn) })
}

/// All settings of a profile; those of the credentials file win, as they do in SDKs.
fn settings(credentials: &Text, config: &Text, name: &str) -> Result<Settings, Failure> {
    let header = if name == "default" { name.to_owned() } else { format!("profile {name}") };
    let (one, other) = (config.settings(&header)?, credentials.settings(name)?);
    if one.is_none() && other.is_none() {
        return Err(Failure::new(
            Kind::NotFound,
            format!(
                "There is no profile {name} in {} or {}.",
                credentials.path.display(),
                config.path.display()
            ),
        ));
    }
    let mut settings = one.unwrap_or_default();
    settings.extend(other.unwrap_or_default());
    Ok(settings)
}

fn key(settings: &Settings, name: &str) -> Result<(String, SecretString), Failure> {
    let has = |setting: &str| settings.keys().any(|key| key.starts_with(setting));
    if has("aws_session_token") || has("aws_security_token") {
        return Err(refusal(
            name,
            "has a session token: its key is temporary and would stop working within hours",
        ));
    }
    match (settings.get("aws_access_key_id"), settings.get("aws_secret_access_key")) {
        (Some(id), Some(secret)) => Ok((id.clone(), secret.clone().into())),
        _ if has("sso_") => Err(refusal(name, "signs in by SSO, which gives temporary keys only")),
        _ if has("credential_process") => Err(refusal(name, "gets its key from a program each time")),
        _ if has("web_identity_token_file") => Err(refusal(name, "gets its key from a token each time")),
        _ => Err(refusal(name, "has no aws_access_key_id with an aws_secret_access_key")),
    }
}

fn refusal(name: &str, why: &str) -> Failure {
    Failure::new(
        Kind::Usage,
        format!("The profile {name} {why}. Connect with a long-term key of an IAM user: keystead cloud help"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = d/e=f\n\n\
                               [temporary]\naws_access_key_id = ASIATEMPORARY\naws_secret_access_key = t\n\
                               aws_session_token = token\n\n[half]\naws_access_key_id = AKIAHALF\n";
    const CONFIG: &str = "[default]\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n\
                          [profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = default\n\
                          [profile mfa]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = default\n\
                          mfa_serial = arn:aws:iam::123456789012:mfa/x\n\
                          [profile instance]\nrole_arn = arn:aws:iam::123456789012:role/x\n\
                          credential_source = Ec2InstanceMetadata\n\
                          [profile chain]\nrole_arn = arn:aws:iam::123456789012:role/y\nsource_profile = role\n\
                          [profile sso]\nsso_session = corp\n[sso-session corp]\nsso_region = eu-west-1\n\
                          [profile program]\ncredential_process = /bin/key\n\
                          [profile web]\nweb_identity_token_file = /token\n";

    fn profile(name: &str) -> Result<Profile, Failure> {
        let text = |text: &str| Text { path: "file".into(), text: Some(text.to_owned().into()) };
        find(&text(CREDENTIALS), &text(CONFIG), name)
    }

    #[test]
    fn a_long_term_key_is_taken_alone_or_with_a_role() {
        let key = |role_arn: Option<&str>| Profile {
            access_key_id: "AKIADEFAULT".to_owned(),
            secret: "d/e=f".to_owned().into(),
            role_arn: role_arn.map(str::to_owned),
        };
        assert_eq!(profile("default").unwrap(), key(None));
        assert_eq!(profile("role").unwrap(), key(Some("arn:aws:iam::123456789012:role/x")));
    }

    #[test]
    fn what_a_connection_cannot_keep_is_refused_by_what_it_is() {
        for (name, why) in [
            ("temporary", "session token"),
            ("half", "no aws_access_key_id with"),
            ("mfa", "MFA code"),
            ("instance", "without a source_profile"),
            ("chain", "assumes a role itself"),
            ("sso", "SSO"),
            ("program", "a program each time"),
            ("web", "a token each time"),
            ("nobody", "There is no profile nobody"),
        ] {
            let failure = profile(name).unwrap_err();
            assert!(failure.text.contains(why) && !failure.text.contains("token\n"), "{name}: {failure}");
        }
    }
}
