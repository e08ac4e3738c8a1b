//! A receipt as a page that stands alone, and checking one that was written to a file. The page carries the receipt
//! itself, and says nothing that is not made from it: whoever checks it makes the page anew and compares.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use keystead_rotation::Receipt;
use keystead_rotation::receipt::{Entry, Piece};
use serde_json::Value;

use crate::failure::{Failure, Kind};
use crate::output::say;

const DATA_BEGIN: &str = "<script type=\"application/json\" id=\"receipt\">";
const DATA_END: &str = "</script>";
/// A receipt that is longer was not written by this program.
const FILE_MAX: u64 = 64 * 1024 * 1024;
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#1c1c1c;background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;\
width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ddd}\
td:first-child{white-space:nowrap}code{overflow-wrap:anywhere}.strong{color:#0a6640}.medium{color:#7a5a00}\
.weak{color:#8a2b0d}@media (prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}td,th{border-color:#444}\
.strong{color:#6fd3a5}.medium{color:#e0c060}.weak{color:#f0a080}}@media print{body{margin:0;max-width:none;color:#000;\
background:#fff}tr{break-inside:avoid}}";

/// Writes the page of a receipt.
pub(super) fn write(file: &Path, receipt: &Value) -> Result<(), Failure> {
    let receipt: Receipt = serde_json::from_value(receipt.clone())
        .map_err(|error| Failure::new(Kind::Local, format!("The receipt cannot be read: {error}.")))?;
    fs::write(file, page(&receipt))?;
    say(&format!("{} has the receipt. Check it with: keystead rotate verify-receipt {0}", file.display()))
}

/// Checks a file's receipt from its first to its last entry.
pub(super) fn verify(file: &Path) -> Result<(), Failure> {
    let unusable = |reason: &dyn std::fmt::Display| {
        Failure::new(Kind::Local, format!("{} holds no receipt: {reason}.", file.display()))
    };
    if fs::metadata(file)?.len() > FILE_MAX {
        return Err(unusable(&"it is too long"));
    }
    let text = fs::read_to_string(file).map_err(|error| unusable(&error))?;
    let is_page = text.starts_with("<!doctype html>");
    let data =
        if is_page { embedded(&text).ok_or_else(|| unusable(&"the page carries none"))? } else { &text };
    let receipt: Receipt = serde_json::from_str(data).map_err(|error| unusable(&error))?;
    let broken = |reason: &dyn std::fmt::Display| {
        Failure::new(Kind::Partial, format!("Do not believe this receipt: {reason}."))
    };
    receipt.check().map_err(|error| broken(&error))?;
    if is_page && page(&receipt) != text {
        return Err(broken(&"its chain is whole, but the page around it says something else"));
    }
    say(&format!(
        "Whole: {} entries of rotation {}, ending in {}.\n\
         Compare the end with that of the server: keystead rotate receipt {}",
        receipt.entries.len(),
        receipt.rotation,
        receipt.hash,
        receipt.rotation
    ))
}

/// The receipt within a page.
fn embedded(text: &str) -> Option<&str> {
    text.split_once(DATA_BEGIN)?.1.split_once(DATA_END).map(|(data, _)| data)
}

/// The whole page.
fn page(receipt: &Receipt) -> String {
    let title = format!("Rotation of {}", receipt.credential);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<table>\n",
        escaped(&title)
    );
    for (name, value) in [
        ("State", &receipt.state),
        ("Whose key", &receipt.principal),
        ("Rotation", &receipt.rotation),
        ("Profile", &receipt.profile),
        ("Chain ends in", &receipt.hash),
    ] {
        let _ =
            writeln!(page, "<tr><th scope=\"row\">{name}</th><td><code>{}</code></td></tr>", escaped(value));
    }
    page.push_str("</table>\n");
    table(
        &mut page,
        "Evidence",
        &["When", "Strength", "Source", "Finding"],
        receipt.evidence().iter().map(piece),
    );
    table(
        &mut page,
        "Everything that happened",
        &["When", "What", "Hash"],
        receipt.entries.iter().map(entry),
    );
    // A text within the data must not end the element that holds it.
    let data = serde_json::to_string(receipt).unwrap_or_default().replace('<', "\\u003c");
    let _ = write!(page, "{DATA_BEGIN}{data}{DATA_END}\n</body>\n</html>\n");
    page
}

fn table(page: &mut String, title: &str, columns: &[&str], rows: impl Iterator<Item = String>) {
    let _ = write!(page, "<h2>{title}</h2>\n<table>\n<thead><tr>");
    for name in columns {
        let _ = write!(page, "<th scope=\"col\">{name}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let _ = writeln!(page, "<tr>{row}</tr>");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn piece(piece: &Piece) -> String {
    let strength = piece.strength.as_str();
    format!(
        "<td>{}</td><td class=\"{strength}\">{strength}</td><td>{}</td><td>{}</td>",
        escaped(&piece.at),
        escaped(&piece.source),
        escaped(&piece.finding)
    )
}

fn entry(entry: &Entry) -> String {
    let hash = entry.hash.get(..12).unwrap_or_default();
    let (at, what) = (entry.at.to_iso8601(), entry.happening.to_string());
    format!("<td>{at}</td><td>{}</td><td><code>{}</code></td>", escaped(&what), escaped(hash))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use keystead_core::Timestamp;
    use keystead_rotation::machine::Happening;
    use keystead_rotation::receipt::Position;

    use super::*;

    fn receipt() -> Receipt {
        let mut position = Position::default();
        let finding = "`</script><img src=x>` was seen".to_owned();
        let happening = Happening::Evidence { source: "the word of arn".to_owned(), finding };
        let entries = vec![Entry::chain(&mut position, Timestamp::from_secs(1), happening)];
        let text = |text: &str| text.to_owned();
        Receipt {
            rotation: text("r-1"),
            credential: text("<orders>"),
            principal: text("arn"),
            profile: text("demo"),
            state: text("done"),
            entries,
            hash: position.hash,
        }
    }

    #[test]
    fn a_page_is_believed_as_long_as_nobody_touches_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receipt.html");
        write(&file, &serde_json::to_value(receipt()).unwrap()).unwrap();
        verify(&file).unwrap();
        let page = fs::read_to_string(&file).unwrap();
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("&lt;orders&gt;") && page.contains("class=\"weak\"") && !page.contains("<img"));
        for (from, to, said) in [
            ("&lt;orders&gt;", "payments", "the page around it"),
            ("\"number\":1", "\"number\":2", "does not follow"),
            ("img src=x>` was seen\"", "img src=y>` was seen\"", "was changed"),
        ] {
            assert!(page.contains(from), "{from}");
            fs::write(&file, page.replace(from, to)).unwrap();
            let said_of_it = verify(&file).unwrap_err().text;
            assert!(said_of_it.contains(said), "{said_of_it}");
        }
        fs::write(&file, serde_json::to_string(&receipt()).unwrap()).unwrap();
        verify(&file).unwrap();
    }
}
