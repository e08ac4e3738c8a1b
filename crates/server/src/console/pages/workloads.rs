//! Workloads: processes that are given inputs, and the tokens by which their machines make themselves known.

use askama::Template;
use keystead_core::Timestamp;
use serde_json::{Value, json};

use super::deployments;
use super::inputs::{self, Holder, Inputs};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

const WORKLOADS: &str = "/console/workloads";

#[derive(Template)]
#[template(path = "workloads/list.html")]
struct List {
    frame: Frame,
    workloads: Vec<Row>,
    next: Option<String>,
}

struct Row {
    address: String,
    deployment: Option<(String, String)>,
    row: Value,
}

#[derive(Template)]
#[template(path = "workloads/edit.html")]
struct Edit {
    frame: Frame,
    is_new: bool,
    name: String,
    description: String,
    required: String,
    deployment: String,
    deployments: Vec<String>,
    back: String,
}

#[derive(Template)]
#[template(path = "workloads/show.html")]
struct Show {
    frame: Frame,
    base: String,
    name: String,
    workload: Value,
    deployment: Option<(String, String)>,
    inputs: Inputs,
    problems: usize,
}

#[derive(Template)]
#[template(path = "workloads/enrollment.html")]
struct Enrollment {
    frame: Frame,
    back: String,
    name: String,
    token: String,
    expires_at: Option<Timestamp>,
}

/// The address of a workload's page.
pub(super) fn address(name: &str) -> String {
    super::named(WORKLOADS, name)
}

fn path(name: &str, rest: &str) -> Result<String, Refusal> {
    if name.contains('/') {
        return Err(Refusal::nowhere());
    }
    Ok(format!("/api/v1/workloads/{name}{rest}"))
}

fn below(request: &Request, title: impl Into<String>) -> Frame {
    Frame::of(request, title).below("Workloads", WORKLOADS)
}

fn deployment_of(workload: &Value) -> Option<(String, String)> {
    workload.find("deployment").map(|name| (deployments::address(&name), name))
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["new"] => create(request),
        [name] | [name, "details"] => one(request, name, None),
        [name, "edit"] => edit(request, name),
        [name, "input"] if request.is_post => change(request, name, inputs::set, "input-set"),
        [name, "unset"] if request.is_post => change(request, name, inputs::unset, "input-unset"),
        [name, "enrollment"] if request.is_post => enroll(request, name),
        [name, "delete"] => delete(request, name),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let mut input = json!({});
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let found = request.rest("GET", "/api/v1/workloads", input)?;
    let next = found.find("next").map(|next| format!("{WORKLOADS}?after={}", segment(&next)));
    let row = |row: &Value| Row {
        address: address(&row.text("name")),
        deployment: deployment_of(row),
        row: row.clone(),
    };
    let frame = Frame::of(request, "Workloads")
        .help(
            "A workload is a process that is given inputs when it starts, on a machine that made itself known by a token. \
             Nobody writes credentials into its files.",
        )
        .twin("keystead workload list", "GET /api/v1/workloads");
    show(&List { frame, workloads: found.list("workloads").iter().map(row).collect(), next })
}

/// Names of inputs, apart by blanks, commas or lines.
fn required(request: &Request) -> Vec<String> {
    let names = request.form.get("required").split([',', ' ', '\r', '\n', '\t']);
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn create(request: &Request) -> Page {
    let form = &request.form;
    let mut wrong = None;
    if request.is_post {
        let mut input = json!({
            "name": form.get("name"),
            "description": form.get("description"),
            "required": required(request),
        });
        if let Some(deployment) = form.find("deployment") {
            input["deployment"] = deployment.into();
        }
        match request.rest("POST", "/api/v1/workloads", input) {
            Ok(made) => return go(&address(&made.text("name")), "workload-made"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let listed = request.get("/api/v1/deployments")?;
    let frame = below(request, "New workload")
        .wrong(wrong)
        .help("It belongs to its deployment for good, and inherits the deployment's inputs.")
        .twin("keystead workload create NAME --deployment DEPLOYMENT", "POST /api/v1/workloads");
    let page = Edit {
        frame,
        is_new: true,
        name: form.get("name").to_owned(),
        description: form.get("description").to_owned(),
        required: form.get("required").to_owned(),
        deployment: form.find("deployment").unwrap_or_else(|| request.query.get("deployment")).to_owned(),
        deployments: listed.list("deployments").iter().map(|row| row.text("name")).collect(),
        back: WORKLOADS.to_owned(),
    };
    show_with(code, &page)
}

fn edit(request: &Request, name: &str) -> Page {
    let workload = request.get(&path(name, "")?)?;
    let mut wrong = None;
    if request.is_post {
        let input = json!({ "description": request.form.get("description"), "required": required(request) });
        match request.rest("PUT", &path(name, "")?, input) {
            Ok(_) => return go(&address(name), "saved"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let known = |field: &str, stored: String| {
        if request.is_post { request.form.get(field).to_owned() } else { stored }
    };
    let frame = below(request, format!("Edit {name}"))
        .below(name, address(name))
        .wrong(wrong)
        .help("A workload does not start without the inputs it requires.")
        .twin(
            format!("keystead workload update {name} --require INPUT"),
            format!("PUT /api/v1/workloads/{name}"),
        );
    let page = Edit {
        frame,
        is_new: false,
        name: name.to_owned(),
        description: known("description", workload.text("description")),
        required: known("required", workload.texts("required").join(" ")),
        deployment: workload.text("deployment"),
        deployments: Vec::new(),
        back: address(name),
    };
    show_with(code, &page)
}

fn one(request: &Request, name: &str, wrong: Option<Refusal>) -> Page {
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let workload = request.get(&path(name, "")?)?;
    let inputs = Inputs::of(request, Holder { kind: "workload", name })?;
    let problems = inputs.rows.iter().filter(|row| row.problem.is_some()).count();
    let frame = below(request, name)
        .wrong(wrong)
        .help(
            "What the workload is given when it starts: its own inputs, and for the rest its deployment's. Values are \
             looked up at that moment.",
        )
        .twin(
            "keystead exec -- COMMAND",
            format!("GET /api/v1/inputs?workload={name}"),
        );
    let base = format!("{WORKLOADS}/{}", segment(name));
    let deployment = deployment_of(&workload);
    show_with(code, &Show { frame, base, name: name.to_owned(), workload, deployment, inputs, problems })
}

fn change(
    request: &Request,
    name: &str,
    act: fn(&Request, Holder<'_>) -> Result<(), Refusal>,
    said: &str,
) -> Page {
    match act(request, Holder { kind: "workload", name }) {
        Ok(()) => go(&address(name), said),
        Err(refusal) => one(request, name, Some(refusal)),
    }
}

/// The token stands on the answer itself, and nowhere else again.
fn enroll(request: &Request, name: &str) -> Page {
    match request.rest("POST", &path(name, "/enrollment")?, json!({})) {
        Err(refusal) => one(request, name, Some(refusal)),
        Ok(made) => {
            let frame = below(request, "Enrollment")
                .below(name, address(name))
                .help("The token is good for one hour and one use, and takes the place of any earlier one.")
                .twin(
                    format!("keystead workload enroll {name}"),
                    format!("POST /api/v1/workloads/{name}/enrollment"),
                );
            show(&Enrollment {
                frame,
                back: address(name),
                name: made.text("workload"),
                token: made.text("token"),
                expires_at: made.time("expires_at"),
            })
        }
    }
}

fn delete(request: &Request, name: &str) -> Page {
    let workload = request.get(&path(name, "")?)?;
    let frame = below(request, format!("Delete {name}"))
        .below(name, address(name))
        .help("Its token is refused from the moment it is deleted, so it is given nothing at its next start.")
        .twin(format!("keystead workload delete {name}"), format!("DELETE /api/v1/workloads/{name}"));
    let enrolled = match workload.find("enrolled_at") {
        Some(at) => format!("A machine made itself known as it at {at}, and is refused from then on."),
        None => "No machine ever made itself known as it.".to_owned(),
    };
    let what = format!("The workload {name} is deleted with its inputs and grants. This cannot be undone.");
    Confirm::new(frame, what, "Delete workload", address(name)).evidence(enrolled).or_do(request, || {
        request.rest("DELETE", &path(name, "")?, json!({}))?;
        go(WORKLOADS, "workload-deleted")
    })
}
