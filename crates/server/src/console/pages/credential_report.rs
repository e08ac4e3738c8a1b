//! The credential report: everybody with the state of their credentials; made, looked through, downloaded.
//!
//! The file that the API gives is AWS's to the byte. The one downloaded here is for spreadsheets, which take a cell
//! that begins with `=`, `+`, `-` or `@` for a formula: such a cell gets an apostrophe in front.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_aws::error::Fault;

use crate::console::answer::{Answer, Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// How many rows a page shows; the file holds all.
const SHOWN_MAX: usize = 200;

#[derive(Template)]
#[template(path = "report/show.html")]
struct Report {
    frame: Frame,
    is_there: bool,
    is_under_way: bool,
    made: Option<keystead_core::Timestamp>,
    rows: Vec<Row>,
    count: usize,
    found: usize,
    which: String,
    begins: String,
}

/// A user, as the page shows it.
struct Row {
    user: String,
    password: String,
    mfa: bool,
    keys: Vec<String>,
    certificates: usize,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] if request.is_post => match request.query("GenerateCredentialReport", &[]) {
            Ok(_) => go("/console/credential-report?state=asked", ""),
            Err(refusal) => page(request, Some(refusal)),
        },
        [] => page(request, None),
        ["download"] => download(request),
        _ => Err(Refusal::nowhere()),
    }
}

/// The report, where there is one; whether one is being made; when it was made.
struct Held {
    csv: Option<Vec<u8>>,
    is_under_way: bool,
    made: Option<keystead_core::Timestamp>,
}

fn get(request: &Request) -> Result<Held, Refusal> {
    match request.query("GetCredentialReport", &[]) {
        Ok(answer) => {
            let csv = STANDARD.decode(answer.text("Content")).map_err(Fault::internal)?;
            Ok(Held { csv: Some(csv), is_under_way: false, made: answer.time("GeneratedTime") })
        }
        // 404 says that one is being made, 410 that there is none or that it is too old.
        Err(refusal) => match refusal.status {
            404 => Ok(Held { csv: None, is_under_way: true, made: None }),
            410 => Ok(Held { csv: None, is_under_way: false, made: None }),
            _ => Err(refusal),
        },
    }
}

fn records(csv: &[u8]) -> Result<Vec<csv::StringRecord>, Refusal> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv);
    Ok(reader.records().collect::<Result<_, _>>().map_err(Fault::internal)?)
}

fn page(request: &Request, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let held = get(request)?;
    let records = held.csv.as_deref().map(records).transpose()?.unwrap_or_default();
    let (which, begins) = (request.query.get("which").to_owned(), request.query.get("begins").to_owned());
    let rows = rows(&records);
    let count = rows.len();
    let mut rows: Vec<Row> = rows.into_iter().filter(|row| is_wanted(row, &which, &begins)).collect();
    let found = rows.len();
    rows.truncate(SHOWN_MAX);
    let frame = Frame::of(request, "Credential report")
        .wrong(wrong)
        .help("Everybody of the account with the state of their password, MFA, keys and certificates, as auditors ask for it.")
        .twin(
            "aws iam generate-credential-report && aws iam get-credential-report",
            "POST / Action=GetCredentialReport",
        );
    let frame = if held.is_under_way { frame.live() } else { frame };
    let (is_there, is_under_way, made) = (held.csv.is_some(), held.is_under_way, held.made);
    show_with(status, &Report { frame, is_there, is_under_way, made, rows, count, found, which, begins })
}

fn is_wanted(row: &Row, which: &str, begins: &str) -> bool {
    let of_kind = match which {
        "no-mfa" => row.password != "none" && !row.mfa,
        "keys" => !row.keys.is_empty(),
        "passwords" => row.password != "none",
        _ => true,
    };
    of_kind && row.user.to_lowercase().starts_with(&begins.to_lowercase())
}

/// The lines of the report by the names of its columns.
fn rows(records: &[csv::StringRecord]) -> Vec<Row> {
    let Some((head, lines)) = records.split_first() else { return Vec::new() };
    let at = |name: &str| head.iter().position(|column| column == name);
    let column = |line: &csv::StringRecord, name: &str| {
        at(name).and_then(|at| line.get(at)).unwrap_or_default().to_owned()
    };
    let day = |text: String| text.split('T').next().unwrap_or_default().to_owned();
    lines
        .iter()
        .map(|line| {
            let password = match column(line, "password_enabled").as_str() {
                "true" => format!("set {}", day(column(line, "password_last_changed"))),
                "not_supported" => "root".to_owned(),
                _ => "none".to_owned(),
            };
            let keys =
                [1, 2].into_iter().filter(|n| column(line, &format!("access_key_{n}_active")) == "true");
            let keys = keys.map(|n| {
                let used = day(column(line, &format!("access_key_{n}_last_used_date")));
                let used = if used == "N/A" { "never used".to_owned() } else { format!("used {used}") };
                format!("rotated {}, {used}", day(column(line, &format!("access_key_{n}_last_rotated"))))
            });
            let certificates =
                [1, 2].into_iter().filter(|n| column(line, &format!("cert_{n}_active")) == "true");
            Row {
                user: column(line, "user"),
                password,
                mfa: column(line, "mfa_active") == "true",
                keys: keys.collect(),
                certificates: certificates.count(),
            }
        })
        .collect()
}

fn download(request: &Request) -> Page {
    let held = get(request)?;
    let csv = held.csv.ok_or_else(|| Refusal::of_form("There is no report: generate one first."))?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records(&csv)? {
        writer.write_record(record.iter().map(plain_cell)).map_err(Fault::internal)?;
    }
    let body = writer.into_inner().map_err(Fault::internal)?;
    let account = request.visitor()?.principal.account;
    Ok(Answer::File {
        name: format!("credential-report-{account}.csv"),
        content_type: "text/csv; charset=utf-8",
        body,
    })
}

/// A cell that no spreadsheet takes for a formula. Source: OWASP, CSV injection.
fn plain_cell(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::plain_cell;

    #[test]
    fn e5_no_cell_is_a_formula() {
        for first in ["=", "+", "-", "@", "\t", "\r"] {
            let cell = format!("{first}cmd|' /C calc'!A0");
            assert!(plain_cell(&cell).starts_with('\''), "{cell}");
        }
        assert_eq!(plain_cell("ann"), "ann");
    }
}
