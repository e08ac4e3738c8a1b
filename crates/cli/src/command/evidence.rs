//! `keystead evidence …`: logs of other authorities as evidence of who uses which key.
//!
//! Files are read here and sent in parts: of a CloudTrail record only the members that are evidence, of an access log
//! whole lines. Whatever a file is, reading it is bounded.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use serde_json::{Value, json};

use crate::connection::{Connection, Remote};
use crate::failure::{Failure, Kind};
use crate::output::Style;

const PATH: &str = "/api/v1/evidence";
/// Records sent at once.
const PART: usize = 500;
/// The most that is read of a file once it is unpacked; CloudTrail's own files are far smaller.
const FILE_MAX: u64 = 64 * 1024 * 1024;
const LINE_MAX: usize = 16 * 1024;
const FOLDERS_DEEP_MAX: usize = 16;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Evidence from elsewhere.
#[derive(Debug, Subcommand)]
pub(crate) enum Evidence {
    /// Count the uses of managed keys that a log tells of. What was counted before is not counted again.
    #[command(after_help = "Examples:\n  keystead evidence import ./cloudtrail/2027/01 \
                            --complete-until 2027-01-15T08:00:00Z\n  \
                            keystead evidence import access.log --log s3")]
    Import {
        #[command(flatten)]
        remote: Remote,
        /// A file, packed by gzip or not, a folder of such files, or - for standard input.
        file: PathBuf,
        /// Which sort of log it is.
        #[arg(long, value_enum, default_value = "cloudtrail")]
        log: Log,
        /// Up to when all of the log is there. Later silence is not known, and without this none is.
        #[arg(long, value_name = "TIME")]
        complete_until: Option<String>,
    },
}

/// The sorts of logs that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Log {
    /// CloudTrail's files.
    Cloudtrail,
    /// Server access logs of S3. They name the key of presigned requests only.
    S3,
}

/// What came of all parts.
#[derive(Debug, Default, Serialize)]
struct Sum {
    files: u64,
    counted: u64,
    known: u64,
    skipped: BTreeMap<String, u64>,
    access_key_ids: std::collections::BTreeSet<String>,
    complete_until: Option<String>,
}

impl Evidence {
    /// Does it.
    pub(crate) fn run(self, style: &Style) -> Result<(), Failure> {
        let Self::Import { remote, file, log, complete_until } = self;
        let mut sender = Sender { connection: remote.connect()?, log, part: Vec::new(), sum: Sum::default() };
        if file.as_os_str() == "-" {
            sender.read(io::stdin().lock())?;
        } else {
            sender.read_all(&file, 0)?;
        }
        sender.send(complete_until.as_deref())?;
        let sum = serde_json::to_value(&sender.sum).unwrap_or_default();
        style.print(&sum, &[])
    }
}

/// Sends records in parts.
struct Sender {
    connection: Connection,
    log: Log,
    part: Vec<Value>,
    sum: Sum,
}

impl Sender {
    /// A file, or everything in a folder in order; what links elsewhere is left out.
    fn read_all(&mut self, path: &Path, depth: usize) -> Result<(), Failure> {
        let about = fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))?;
        if about.is_file() || depth == 0 && !about.is_dir() {
            return self.read(File::open(path).map_err(|error| unreadable(path, &error))?);
        }
        if !about.is_dir() || depth > FOLDERS_DEEP_MAX {
            return Ok(());
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            inside.push(entry.map_err(|error| unreadable(path, &error))?.path());
        }
        inside.sort();
        inside.iter().try_for_each(|path| self.read_all(path, depth + 1))
    }

    fn read(&mut self, file: impl Read) -> Result<(), Failure> {
        self.sum.files += 1;
        let mut file = BufReader::new(file);
        let is_packed = file.fill_buf().is_ok_and(|begin| begin.starts_with(&GZIP));
        if is_packed {
            self.read_plain(BufReader::new(MultiGzDecoder::new(file).take(FILE_MAX)))
        } else {
            self.read_plain(file.take(FILE_MAX))
        }
    }

    fn read_plain(&mut self, text: impl BufRead) -> Result<(), Failure> {
        match self.log {
            Log::Cloudtrail => self.read_records(text),
            Log::S3 => self.read_lines(text),
        }
    }

    fn read_records(&mut self, text: impl BufRead) -> Result<(), Failure> {
        let Ok(Value::Object(mut file)) = serde_json::from_reader(text) else {
            self.skip("not a file of CloudTrail");
            return Ok(());
        };
        let Some(Value::Array(records)) = file.remove("Records") else {
            self.skip("not a file of CloudTrail");
            return Ok(());
        };
        records.into_iter().try_for_each(|record| self.add(trimmed(&record)))
    }

    fn read_lines(&mut self, mut text: impl BufRead) -> Result<(), Failure> {
        loop {
            let mut line = Vec::new();
            let read = (&mut text).take(LINE_MAX as u64).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return Ok(()),
                Ok(_) => self.add(String::from_utf8_lossy(&line).trim_end().into())?,
                Err(_) => {
                    self.skip("not a packed file");
                    return Ok(());
                }
            }
        }
    }

    fn skip(&mut self, why: &str) {
        *self.sum.skipped.entry(why.to_owned()).or_default() += 1;
    }

    fn add(&mut self, record: Value) -> Result<(), Failure> {
        self.part.push(record);
        if self.part.len() < PART { Ok(()) } else { self.send(None) }
    }

    /// Sends what there is; the last part says up to when the log is complete.
    fn send(&mut self, complete_until: Option<&str>) -> Result<(), Failure> {
        let mut body = json!({ "log": self.log, "records": std::mem::take(&mut self.part) });
        if let Some(until) = complete_until {
            body["complete_until"] = until.into();
        }
        let answer = self.connection.post(PATH, &body)?;
        let number = |name: &str| answer[name].as_u64().unwrap_or_default();
        self.sum.counted += number("counted");
        self.sum.known += number("known");
        for (why, count) in answer["skipped"].as_object().into_iter().flatten() {
            *self.sum.skipped.entry(why.clone()).or_default() += count.as_u64().unwrap_or_default();
        }
        let keys = answer["access_key_ids"].as_array().into_iter().flatten();
        self.sum.access_key_ids.extend(keys.filter_map(|key| key.as_str().map(str::to_owned)));
        self.sum.complete_until = answer["complete_until"].as_str().map(str::to_owned);
        Ok(())
    }
}

/// The members of a record that are evidence. What a request was about stays where it is.
fn trimmed(record: &Value) -> Value {
    let mut kept = json!({});
    for name in
        ["eventID", "eventTime", "eventSource", "awsRegion", "sourceIPAddress", "userAgent", "errorCode"]
    {
        if let Value::String(text) = &record[name] {
            kept[name] = text.chars().take(512).collect::<String>().into();
        }
    }
    if let Value::String(key) = &record["userIdentity"]["accessKeyId"] {
        kept["userIdentity"] = json!({ "accessKeyId": key.chars().take(128).collect::<String>() });
    }
    kept
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Kind::Local, format!("{} cannot be read: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_evidence_leaves_the_machine() {
        let record = json!({
            "eventID": "e", "eventTime": "t", "requestParameters": { "secret": "s" }, "userAgent": "u".repeat(9000),
            "userIdentity": { "accessKeyId": "AKIA", "arn": "arn" }, "sourceIPAddress": 7,
        });
        let kept = trimmed(&record);
        assert_eq!(kept["userIdentity"], json!({ "accessKeyId": "AKIA" }));
        assert_eq!(kept.as_object().map(serde_json::Map::len), Some(4));
        assert_eq!(kept["userAgent"].as_str().map(str::len), Some(512));
        assert_eq!(trimmed(&json!(["no record"])), json!({}));
    }
}
