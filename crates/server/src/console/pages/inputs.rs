//! Inputs of a deployment or a workload: the list, and the form that sets one. A value is a text, a credential chosen
//! by its name, or anything else the notation has.

use serde_json::{Value, json};

use crate::console::answer::Refusal;
use crate::console::look::Look;
use crate::console::visit::Request;

/// Whose inputs they are: `deployment` or `workload`, and its name.
#[derive(Clone, Copy)]
pub(super) struct Holder<'h> {
    pub(super) kind: &'static str,
    pub(super) name: &'h str,
}

/// The inputs and the form.
pub(super) struct Inputs {
    pub(super) rows: Vec<Row>,
    pub(super) own: Vec<String>,
    pub(super) generated: Vec<String>,
    /// What stands in the form.
    pub(super) name: String,
    pub(super) source: String,
    pub(super) text: String,
    pub(super) is_workload: bool,
}

/// One input.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) from: String,
    /// Whether it was set here, and not by the deployment.
    pub(super) is_own: bool,
    pub(super) required: bool,
    pub(super) problem: Option<String>,
    /// The credential that it selects.
    pub(super) credential: Option<String>,
}

impl Row {
    fn read(row: &Value, holder: Holder<'_>) -> Self {
        let (source, from) = (row.text("source"), row.text("from"));
        Self {
            name: row.text("name"),
            credential: source.strip_prefix("cred:").map(super::credentials::address),
            is_own: from == format!("{} {}", holder.kind, holder.name),
            source,
            from,
            required: row.is("required"),
            problem: row.find("problem"),
        }
    }
}

impl Inputs {
    pub(super) fn of(request: &Request, holder: Holder<'_>) -> Result<Self, Refusal> {
        let listed = request.rest("GET", "/api/v1/inputs", json!({ holder.kind: holder.name }))?;
        let rows: Vec<Row> = listed.list("inputs").iter().map(|row| Row::read(row, holder)).collect();
        let mut inputs = Self {
            own: names(request, "false"),
            generated: names(request, "true"),
            name: request.form.get("input").to_owned(),
            source: request.form.get("source").to_owned(),
            text: String::new(),
            is_workload: holder.kind == "workload",
            rows,
        };
        if let Some(wanted) = request.query.find("input").filter(|_| !request.is_post) {
            inputs.fill(wanted);
        }
        Ok(inputs)
    }

    /// Puts an input into the form, to be changed.
    fn fill(&mut self, wanted: &str) {
        let found = self.rows.iter().find(|row| row.name == wanted);
        let source = found.map(|row| row.source.clone()).unwrap_or_default();
        wanted.clone_into(&mut self.name);
        (self.source, self.text) = match source.strip_prefix("text:") {
            Some(text) => ("text".to_owned(), text.to_owned()),
            None if source.starts_with("cred:") || matches!(source.as_str(), "blank" | "ignore") => {
                (source, String::new())
            }
            None => ("other".to_owned(), source),
        };
    }

    pub(super) fn is_chosen(&self, source: &str) -> bool {
        self.source == source
    }

    /// Whether the form's credential is one.
    pub(super) fn is_credential(&self, name: &str) -> bool {
        self.source.strip_prefix("cred:") == Some(name)
    }
}

/// Names of stored credentials to choose from; none where the visitor may not list them.
fn names(request: &Request, generated: &str) -> Vec<String> {
    let listed = request.rest("GET", "/api/v1/stored-credentials", json!({ "generated": generated }));
    let listed = listed.unwrap_or_default();
    listed.list("stored_credentials").iter().map(|row| row.text("name")).collect()
}

/// Sets what the form says.
pub(super) fn set(request: &Request, holder: Holder<'_>) -> Result<(), Refusal> {
    let (form, text) = (&request.form, request.form.raw("text"));
    let source = match form.get("source") {
        "text" => format!("text:{text}"),
        "other" => text.trim().to_owned(),
        source => source.to_owned(),
    };
    put(request, holder, form.get("input"), &source)
}

/// Takes the input that the form names away.
pub(super) fn unset(request: &Request, holder: Holder<'_>) -> Result<(), Refusal> {
    put(request, holder, request.form.get("input"), "inherit")
}

fn put(request: &Request, holder: Holder<'_>, name: &str, source: &str) -> Result<(), Refusal> {
    let input = json!({ holder.kind: holder.name, "inputs": { name: source } });
    request.rest("PUT", "/api/v1/inputs", input).map(|_| ())
}
