//! Key pairs as other programs write them down: AWS's CSV files, moto's state, MinIO's exports.

use std::collections::HashMap;

use indexmap::IndexMap;
use keystead_core::{KeyStatus, SecretString};
use serde::Deserialize;

use crate::failure::{Failure, Kind};

/// An entry of a source, and what is wrong with it where it is no key pair.
pub(super) struct Entry {
    /// Where it stands, for people.
    pub(super) at: String,
    /// The user it names; empty where it names none.
    pub(super) user_name: String,
    /// The key pair.
    pub(super) pair: Result<Pair, String>,
}

/// A key pair of a user.
pub(super) struct Pair {
    pub(super) path: Option<String>,
    pub(super) access_key_id: String,
    pub(super) secret: SecretString,
    pub(super) status: Option<KeyStatus>,
    pub(super) created_at: Option<String>,
}

const FORMS: &str = "CSV as AWS's console gives it, moto's /moto-api/data.json, MinIO's users.json or \
                     svcaccts.json, or lines of mc --json";

/// The entries of a text in any of the forms. `user_name` is whose keys they are where the text does not say.
pub(super) fn read(text: &str, user_name: Option<&str>) -> Result<Vec<Entry>, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { read_json(text) } else { read_csv(text, user_name) }
}

/// The columns of a CSV file by the names of their header.
struct Columns {
    user_name: Option<usize>,
    path: Option<usize>,
    access_key_id: usize,
    secret: usize,
    status: Option<usize>,
    created_at: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Option<Self> {
        let plain = |name: &str| name.replace([' ', '_'], "").to_lowercase();
        let find = |wanted: &str| header.iter().position(|name| plain(name) == wanted);
        Some(Self {
            user_name: find("username"),
            path: find("path"),
            access_key_id: find("accesskeyid")?,
            secret: find("secretaccesskey")?,
            status: find("status"),
            created_at: find("createdate"),
        })
    }
}

fn read_csv(text: &str, user_name: Option<&str>) -> Result<Vec<Entry>, Failure> {
    let wrong = |text: String| Failure::new(Kind::Usage, text);
    // Lines are counted by the last of their two characters, which would number every one too low.
    let text = SecretString::new(text.replace("\r\n", "\n"));
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.expose().as_bytes());
    let header = reader.headers().map_err(|error| wrong(format!("This is no CSV: {error}.")))?;
    let columns = Columns::of(header).ok_or_else(|| {
        wrong(format!(
            "The first line has no `Access key ID` and `Secret access key`. What is read: {FORMS}."
        ))
    })?;
    match (columns.user_name, user_name) {
        (None, None) => {
            return Err(wrong("The file names no users: say whose key it is with --user-name.".into()));
        }
        (Some(_), Some(_)) => {
            return Err(wrong("The file names users itself: leave --user-name out.".into()));
        }
        _ => {}
    }
    let entries = reader.records().map(|record| {
        let record = record.map_err(|error| wrong(format!("The CSV cannot be read: {error}.")))?;
        let cell =
            |column: Option<usize>| column.and_then(|at| record.get(at)).filter(|cell| !cell.is_empty());
        Ok(Entry {
            at: format!("line {}", record.position().map_or(0, csv::Position::line)),
            user_name: cell(columns.user_name).or(user_name).unwrap_or_default().to_owned(),
            pair: csv_pair(&columns, &cell),
        })
    });
    entries.collect()
}

fn csv_pair<'r>(columns: &Columns, cell: &impl Fn(Option<usize>) -> Option<&'r str>) -> Result<Pair, String> {
    let (id, secret) = (cell(Some(columns.access_key_id)), cell(Some(columns.secret)));
    let (Some(id), Some(secret)) = (id, secret) else {
        return Err("There is no access key with its secret here.".to_owned());
    };
    Ok(Pair {
        path: cell(columns.path).map(str::to_owned),
        access_key_id: id.to_owned(),
        secret: secret.to_owned().into(),
        status: cell(columns.status).map(status).transpose()?,
        created_at: cell(columns.created_at).map(str::to_owned),
    })
}

/// What can stand in a stream of JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Moto { iam: MotoState },
    Line(MinioLine),
    Minio(IndexMap<String, MinioKey>),
}

/// The part of moto's state that is about keys. Source: moto's `/moto-api/data.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MotoState {
    access_key: Vec<MotoKey>,
    #[serde(default)]
    user: Vec<MotoUser>,
}

#[derive(Deserialize)]
struct MotoKey {
    user_name: Option<String>,
    access_key_id: String,
    secret_access_key: String,
    status: Option<String>,
}

#[derive(Deserialize)]
struct MotoUser {
    name: String,
    path: Option<String>,
}

/// A line that mc prints of a key. Its own `status` tells how the command went and nothing of the key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MinioLine {
    access_key: String,
    secret_key: Option<String>,
    #[serde(alias = "parent")]
    parent_user: Option<String>,
    #[serde(alias = "userStatus")]
    account_status: Option<String>,
    expiration: Option<String>,
}

/// A key of an export, listed under its id. One without a parent is a user, whose name is its key's id.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MinioKey {
    secret_key: Option<String>,
    parent: Option<String>,
    status: Option<String>,
    expiration: Option<String>,
}

fn read_json(text: &str) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for document in serde_json::Deserializer::from_str(text).into_iter::<Document>() {
        let after = entries.len();
        let document = document.map_err(|error| {
            // The error's own text could quote a secret.
            let place = if error.is_data() { String::new() } else { format!(", line {}", error.line()) };
            let text =
                format!("After {after} keys{place}: this is in none of the forms that are read: {FORMS}.");
            Failure::new(Kind::Usage, text)
        })?;
        match document {
            Document::Moto { iam } => read_moto(iam, &mut entries),
            Document::Line(line) => entries.push(line.entry(after)),
            Document::Minio(keys) => {
                entries.extend(
                    keys.into_iter().enumerate().map(|(nth, (id, key))| key.line(id).entry(after + nth)),
                );
            }
        }
    }
    Ok(entries)
}

fn read_moto(state: MotoState, entries: &mut Vec<Entry>) {
    let paths: HashMap<String, Option<String>> =
        state.user.into_iter().map(|user| (user.name, user.path)).collect();
    for (nth, key) in state.access_key.into_iter().enumerate() {
        let user_name = key.user_name.unwrap_or_default();
        let status = key.status.as_deref().map(status).transpose();
        let pair = match status {
            _ if user_name.is_empty() => Err("It belongs to no user.".to_owned()),
            Err(text) => Err(text),
            Ok(status) => Ok(Pair {
                path: paths.get(&user_name).cloned().flatten(),
                access_key_id: key.access_key_id,
                secret: key.secret_access_key.into(),
                status,
                created_at: None,
            }),
        };
        entries.push(Entry { at: format!("key {}", nth + 1), user_name, pair });
    }
}

impl MinioKey {
    fn line(self, access_key: String) -> MinioLine {
        MinioLine {
            access_key,
            secret_key: self.secret_key,
            parent_user: self.parent,
            account_status: self.status,
            expiration: self.expiration,
        }
    }
}

impl MinioLine {
    fn entry(self, nth: usize) -> Entry {
        let user_name = self.parent_user.clone().filter(|parent| !parent.is_empty());
        let user_name = user_name.unwrap_or_else(|| self.access_key.clone());
        Entry { at: format!("key {}", nth + 1), user_name, pair: self.pair() }
    }

    fn pair(self) -> Result<Pair, String> {
        // MinIO writes the beginning of its time where a key does not expire.
        if let Some(end) = self.expiration.filter(|end| !end.is_empty() && !end.starts_with("1970-01-01")) {
            return Err(format!(
                "It ends on {end}, and keys here do not end by themselves: make a new one instead."
            ));
        }
        let Some(secret) = self.secret_key.filter(|secret| !secret.is_empty()) else {
            return Err("Its secret is not here: lists leave it out; `mc admin cluster iam export` has it."
                .to_owned());
        };
        Ok(Pair {
            path: None,
            access_key_id: self.access_key,
            secret: secret.into(),
            status: self.account_status.as_deref().map(status).transpose()?,
            created_at: None,
        })
    }
}

/// A key's status in AWS's words or in MinIO's.
fn status(word: &str) -> Result<KeyStatus, String> {
    match word.to_lowercase().as_str() {
        "active" | "on" | "enabled" => Ok(KeyStatus::Active),
        "inactive" | "off" | "disabled" => Ok(KeyStatus::Inactive),
        _ => Err("Its status is neither Active nor Inactive.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Place, user, id and secret of each entry, or what is wrong with it.
    fn seen(text: &str, user_name: Option<&str>) -> Vec<String> {
        let entries = read(text, user_name).unwrap_or_else(|failure| panic!("{failure}"));
        let seen = entries.iter().map(|entry| match &entry.pair {
            Err(reason) => format!("{} {} {reason}", entry.at, entry.user_name),
            Ok(pair) => {
                let inactive = if pair.status == Some(KeyStatus::Inactive) { " inactive" } else { "" };
                let (path, created) = (
                    pair.path.as_deref().unwrap_or_default(),
                    pair.created_at.as_deref().unwrap_or_default(),
                );
                let text = format!(
                    "{} {} {}:{}{inactive} {path} {created}",
                    entry.at,
                    entry.user_name,
                    pair.access_key_id,
                    pair.secret.expose()
                );
                text.trim_end().to_owned()
            }
        });
        seen.collect()
    }

    #[test]
    fn the_csv_files_of_awss_console_are_read() {
        let new = "\u{feff}User name,Password,Access key ID,Secret access key,Console login link\r\n\
                   alice,p4ss,AKIAA,s/1,https://x\r\nbob,p4ss,,,https://x\r\n";
        assert_eq!(
            seen(new, None),
            ["line 2 alice AKIAA:s/1", "line 3 bob There is no access key with its secret here."]
        );
        let old = "User Name,Access Key Id,Secret Access Key\n\"alice\",AKIAA,s+1\n";
        assert_eq!(seen(old, None), ["line 2 alice AKIAA:s+1"]);
        let one = "Access key ID,Secret access key\nAKIAA,s1\n";
        assert_eq!(seen(one, Some("alice")), ["line 2 alice AKIAA:s1"]);
        let own = "user_name,path,access_key_id,secret_access_key,status,create_date\n\
                   alice,/app/,AKIAA,s1,Inactive,2020-01-01T00:00:00Z\nbob,,AKIAB,s2,,\ncarol,,AKIAC,s3,Gone,\n";
        assert_eq!(
            seen(own, None),
            [
                "line 2 alice AKIAA:s1 inactive /app/ 2020-01-01T00:00:00Z",
                "line 3 bob AKIAB:s2",
                "line 4 carol Its status is neither Active nor Inactive.",
            ]
        );
    }

    #[test]
    fn the_state_of_moto_is_read() {
        let state = r#"{"cloudwatch": {}, "iam": {
            "AccessKey": [
                {"access_key_id": "AKIAA", "secret_access_key": "s1", "user_name": "alice", "status": "Inactive",
                 "last_used": null},
                {"access_key_id": "AKIAB", "secret_access_key": "s2", "user_name": null, "status": "Active"}],
            "User": [{"name": "alice", "path": "/app/", "id": "AIDAX"}], "Role": []}}"#;
        assert_eq!(
            seen(state, None),
            ["key 1 alice AKIAA:s1 inactive /app/", "key 2  It belongs to no user.",]
        );
    }

    #[test]
    fn the_exports_of_minio_are_read() {
        let users = r#"{"alice": {"secretKey": "s1", "status": "enabled"},
                        "AKIAB": {"secretKey": "s2", "status": "disabled"}}"#;
        assert_eq!(seen(users, None), ["key 1 alice alice:s1", "key 2 AKIAB AKIAB:s2 inactive"]);
        let accounts = r#"{"AKIAA": {"parent": "alice", "accessKey": "AKIAA", "secretKey": "s1", "groups": null,
                            "claims": {}, "sessionPolicy": null, "status": "on", "name": "", "description": "",
                            "expiration": "1970-01-01T00:00:00Z"},
                           "AKIAB": {"parent": "bob", "accessKey": "AKIAB", "secretKey": "s2", "status": "off",
                            "expiration": "2030-01-01T00:00:00Z"}}"#;
        let shown = seen(accounts, None);
        assert_eq!(shown[0], "key 1 alice AKIAA:s1");
        assert!(shown[1].starts_with("key 2 bob It ends on 2030-01-01T00:00:00Z"), "{}", shown[1]);
        let lines = "{\"status\":\"success\",\"accessKey\":\"AKIAA\",\"userStatus\":\"enabled\"}\n\
                     {\"status\":\"success\",\"accessKey\":\"AKIAB\",\"secretKey\":\"s2\",\"parentUser\":\"bob\",\
                     \"accountStatus\":\"on\"}\n";
        let shown = seen(lines, None);
        assert!(shown[0].starts_with("key 1 AKIAA Its secret is not here"), "{}", shown[0]);
        assert_eq!(shown[1], "key 2 bob AKIAB:s2");
    }

    #[test]
    fn what_is_none_of_these_is_refused_without_quoting_it() {
        let secret = "wJalrXUtnFEMI";
        for (text, user_name) in [
            ("", None),
            ("name,key\nalice,wJalrXUtnFEMI\n", None),
            ("Access key ID,Secret access key\nAKIAA,wJalrXUtnFEMI\n", None),
            ("User name,Access key ID,Secret access key\nalice,AKIAA,wJalrXUtnFEMI\n", Some("bob")),
            ("{\"a\": \"wJalrXUtnFEMI\"}", None),
            ("{\"accessKey\": 7, \"secretKey\": \"wJalrXUtnFEMI\"}", None),
            ("{\"alice\": {\"secretKey\": \"wJalrXUtnFEMI\"", None),
        ] {
            let failure = read(text, user_name).err().unwrap_or_else(|| panic!("{text} was read"));
            assert_eq!(failure.kind, Kind::Usage);
            assert!(!failure.text.contains(secret), "{}", failure.text);
        }
    }
}
