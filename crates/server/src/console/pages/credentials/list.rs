//! The list, of those that people made or of the generated ones.

use askama::Template;
use serde_json::{Value, json};

use super::{CREDENTIALS, address};
use crate::console::answer::{Page, Refusal, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// As many are looked through for a name.
const SEARCHED_MAX: usize = 2_000;

#[derive(Template)]
#[template(path = "credentials/list.html")]
struct List {
    frame: Frame,
    generated: bool,
    filter: String,
    credentials: Vec<(String, Value)>,
    next: Option<String>,
}

pub(super) fn answer(request: &Request) -> Page {
    let generated = request.query.get("generated") == "true";
    let filter = request.query.get("name").to_owned();
    let (found, next) = find(request, generated, &filter)?;
    let next = next.map(|next| {
        format!("{CREDENTIALS}?generated={generated}&name={}&after={}", segment(&filter), segment(&next))
    });
    let frame = Frame::of(request, "Credentials")
        .help(
            "A credential is a value that workloads are given by its name. Nobody is shown it who may not see it, and \
             every time it is given to somebody is written down.",
        )
        .twin(
            if generated { "keystead credential list --generated" } else { "keystead credential list" },
            format!("GET /api/v1/stored-credentials?generated={generated}"),
        );
    let credentials = found.into_iter().map(|row| (address(&row.text("name")), row)).collect();
    show(&List { frame, generated, filter, credentials, next })
}

/// A page of them; with a filter, those of many pages whose name holds it.
fn find(request: &Request, generated: bool, filter: &str) -> Result<(Vec<Value>, Option<String>), Refusal> {
    let mut input = json!({ "generated": generated.to_string() });
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let lower = filter.to_lowercase();
    let (mut found, mut seen) = (Vec::new(), 0);
    loop {
        let page = request.rest("GET", "/api/v1/stored-credentials", input.clone())?;
        let rows = page.list("stored_credentials");
        seen += rows.len();
        found.extend(rows.iter().filter(|row| row.text("name").to_lowercase().contains(&lower)).cloned());
        match page.find("next") {
            Some(next) if !filter.is_empty() && seen < SEARCHED_MAX => input["after"] = next.into(),
            next => return Ok((found, next)),
        }
    }
}
