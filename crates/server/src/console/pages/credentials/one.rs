//! One credential: who uses it, who was given it, its versions; and showing, granting and deleting it.

use askama::Template;
use serde_json::{Value, json};

use super::{CREDENTIALS, address, below, path};
use crate::console::answer::{Page, Refusal, go, show as show_page, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::pages::{deployments, workloads};
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "credentials/show.html")]
struct Show {
    frame: Frame,
    base: String,
    credential: Value,
    uses: Vec<Use>,
    grants: Vec<Use>,
    versions: Vec<Value>,
    reads: Vec<Value>,
    next: Option<String>,
    /// Whom it may be granted to: value and name.
    holders: Vec<(String, String)>,
}

/// A deployment or workload, and its input.
struct Use {
    address: String,
    kind: &'static str,
    name: String,
    input: String,
}

impl Use {
    fn read(row: &Value) -> Self {
        let input = row.text("input");
        if let Some(name) = row.find("deployment") {
            return Self { address: deployments::address(&name), kind: "deployment", name, input };
        }
        let name = row.text("workload");
        Self { address: workloads::address(&name), kind: "workload", name, input }
    }
}

#[derive(Template)]
#[template(path = "credentials/revealed.html")]
struct Revealed {
    frame: Frame,
    back: String,
    name: String,
    version: i64,
    value: String,
}

pub(super) fn show(request: &Request, name: &str, wrong: Option<Refusal>) -> Page {
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let credential = request.get(&path(name, "")?)?;
    let is_generated = credential.text("kind") == "generated";
    let mut after = json!({});
    if let Some(number) = request.query.find("after") {
        after["after"] = number.into();
    }
    let reads = request.rest("GET", &path(name, "/reads")?, after)?;
    let next = reads.find("next").map(|next| format!("{}?after={}", address(name), segment(&next)));
    let versions = if is_generated {
        Vec::new()
    } else {
        request.get(&path(name, "/versions")?)?.list("versions").to_vec()
    };
    let frame = below(request, name)
        .wrong(wrong)
        .help(
            "Inputs select a credential by its name, and whoever runs a workload never handles the value. A new value \
             reaches workloads with their next question.",
        )
        .twin(
            format!("keystead credential show {name}"),
            format!("GET /api/v1/stored-credentials/{name}"),
        );
    let uses = |list: &str| credential.list(list).iter().map(Use::read).collect();
    let page = Show {
        frame,
        base: format!("{CREDENTIALS}/{}", segment(name)),
        uses: uses("used_by"),
        grants: uses("granted_to"),
        versions,
        reads: reads.list("reads").to_vec(),
        next,
        holders: if is_generated { holders(request)? } else { Vec::new() },
        credential,
    };
    show_with(code, &page)
}

/// Deployments and workloads, as the field of a form says them.
fn holders(request: &Request) -> Result<Vec<(String, String)>, Refusal> {
    let mut found = Vec::new();
    for kind in ["deployment", "workload"] {
        let page = request.get(&format!("/api/v1/{kind}s"))?;
        let names = page.list(&format!("{kind}s")).iter().map(|row| row.text("name"));
        found.extend(names.map(|name| (format!("{kind}:{name}"), format!("{kind} {name}"))));
    }
    Ok(found)
}

pub(super) fn grant(request: &Request, name: &str, method: &str, said: &str) -> Page {
    let holder = request.form.get("holder");
    let (kind, holder) = holder.split_once(':').unwrap_or(("workload", holder));
    let kind = if kind == "deployment" { "deployment" } else { "workload" };
    match request.rest(method, &path(name, "/grants")?, json!({ kind: holder })) {
        Ok(_) => go(&address(name), said),
        Err(refusal) => show(request, name, Some(refusal)),
    }
}

pub(super) fn restore(request: &Request, name: &str) -> Page {
    let version: i64 = request.form.get("version").parse().unwrap_or_default();
    match request.rest("POST", &path(name, "/restore")?, json!({ "version": version })) {
        Ok(_) => go(&address(name), "credential-restored"),
        Err(refusal) => show(request, name, Some(refusal)),
    }
}

pub(super) fn reveal(request: &Request, name: &str) -> Page {
    let back = address(name);
    let credential = request.get(&path(name, "")?)?;
    let frame = || {
        below(request, "Show value")
            .below(name, &back)
            .help("Shown to who may see it, after the password. That you were shown it is written down for everybody to read.")
            .twin(
                format!("keystead credential reveal {name}"),
                format!("POST /api/v1/stored-credentials/{name}/reveal"),
            )
    };
    let what =
        format!("The value of {name} is shown on the next page. Nobody else should see your screen then.");
    Confirm::new(frame(), what, "Show value", &back)
        .evidence(format!("It was read {} times so far.", credential.number("reads")))
        .password()
        .or_do(request, || {
            let mut input = json!({ "password": request.form.raw("password") });
            if let Ok(version) = request.query.get("version").parse::<i64>() {
                input["version"] = version.into();
            }
            let shown = request.rest("POST", &path(name, "/reveal")?, input)?;
            show_page(&Revealed {
                frame: frame(),
                back: back.clone(),
                name: shown.text("name"),
                version: shown.number("version"),
                value: shown.text("secret_value"),
            })
        })
}

pub(super) fn delete(request: &Request, name: &str) -> Page {
    let credential = request.get(&path(name, "")?)?;
    let is_generated = credential.text("kind") == "generated";
    let frame = below(request, format!("Delete {name}"))
        .below(name, address(name))
        .help("From the next question on no workload is given it. Inputs that select it stay and say that it is missing.")
        .twin(
            format!("keystead credential delete {name}"),
            format!("DELETE /api/v1/stored-credentials/{name}"),
        );
    let what = match is_generated {
        true => {
            format!("{name} is given to no workload any more. The connection of the cloud goes on working.")
        }
        false => format!("{name} is deleted with all versions of its value. This cannot be undone."),
    };
    let mut question =
        Confirm::new(frame, what, "Delete credential", address(name)).evidence(last_read(&credential));
    for used in credential.list("used_by").iter().map(Use::read) {
        question =
            question.evidence(format!("The {} {} selects it as {}.", used.kind, used.name, used.input));
    }
    if !is_generated {
        question = question.typed(name, format!("the name {name}"));
    }
    question.or_do(request, || {
        request.rest("DELETE", &path(name, "")?, json!({}))?;
        go(CREDENTIALS, "credential-deleted")
    })
}

fn last_read(credential: &Value) -> String {
    match (credential.find("last_read_at"), credential.find("last_read_by")) {
        (Some(at), Some(by)) => format!("It was last read at {at} by {by}."),
        _ => "Nobody has ever read it.".to_owned(),
    }
}
