//! Deployments: workloads that belong together, and the inputs they inherit.

use askama::Template;
use serde_json::{Value, json};

use super::inputs::{self, Holder, Inputs};
use super::workloads;
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

const DEPLOYMENTS: &str = "/console/deployments";

#[derive(Template)]
#[template(path = "deployments/list.html")]
struct List {
    frame: Frame,
    deployments: Vec<(String, Value)>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "deployments/create.html")]
struct Create {
    frame: Frame,
    name: String,
    description: String,
}

#[derive(Template)]
#[template(path = "deployments/show.html")]
struct Show {
    frame: Frame,
    base: String,
    name: String,
    workloads: Vec<(String, Value)>,
    inputs: Inputs,
}

/// The address of a deployment's page.
pub(super) fn address(name: &str) -> String {
    super::named(DEPLOYMENTS, name)
}

fn below(request: &Request, title: impl Into<String>) -> Frame {
    Frame::of(request, title).below("Deployments", DEPLOYMENTS)
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["new"] => create(request),
        [name] | [name, "details"] => one(request, name, None),
        [name, "input"] if request.is_post => change(request, name, inputs::set, "input-set"),
        [name, "unset"] if request.is_post => change(request, name, inputs::unset, "input-unset"),
        [name, "delete"] => delete(request, name),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let mut input = json!({});
    if let Some(after) = request.query.find("after") {
        input["after"] = after.into();
    }
    let found = request.rest("GET", "/api/v1/deployments", input)?;
    let next = found.find("next").map(|next| format!("{DEPLOYMENTS}?after={}", segment(&next)));
    let frame = Frame::of(request, "Deployments")
        .help(
            "A deployment holds workloads that belong together. Inputs that are set on it reach all of them.",
        )
        .twin("keystead deployment list", "GET /api/v1/deployments");
    let deployments =
        found.list("deployments").iter().map(|row| (address(&row.text("name")), row.clone())).collect();
    show(&List { frame, deployments, next })
}

fn create(request: &Request) -> Page {
    let (name, description) = (request.form.get("name"), request.form.get("description"));
    let mut wrong = None;
    if request.is_post {
        let input = json!({ "name": name, "description": description });
        match request.rest("POST", "/api/v1/deployments", input) {
            Ok(_) => return go(&address(name), "deployment-made"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let frame = below(request, "New deployment")
        .wrong(wrong)
        .help("A new deployment has no workloads and no inputs yet.")
        .twin("keystead deployment create NAME", "POST /api/v1/deployments");
    show_with(code, &Create { frame, name: name.to_owned(), description: description.to_owned() })
}

fn workloads_of(request: &Request, name: &str) -> Result<Vec<(String, Value)>, Refusal> {
    let found = request.rest("GET", "/api/v1/workloads", json!({ "deployment": name }))?;
    let row = |row: &Value| (workloads::address(&row.text("name")), row.clone());
    Ok(found.list("workloads").iter().map(row).collect())
}

fn one(request: &Request, name: &str, wrong: Option<Refusal>) -> Page {
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let workloads = workloads_of(request, name)?;
    let inputs = Inputs::of(request, Holder { kind: "deployment", name })?;
    let frame = below(request, name)
        .wrong(wrong)
        .help("Every workload of the deployment is given these inputs, unless it says otherwise itself.")
        .twin(
            format!("keystead input set --deployment {name} NAME=cred:CREDENTIAL"),
            format!("PUT /api/v1/inputs {{\"deployment\": \"{name}\"}}"),
        );
    let base = format!("{DEPLOYMENTS}/{}", segment(name));
    show_with(code, &Show { frame, base, name: name.to_owned(), workloads, inputs })
}

fn change(
    request: &Request,
    name: &str,
    act: fn(&Request, Holder<'_>) -> Result<(), Refusal>,
    said: &str,
) -> Page {
    match act(request, Holder { kind: "deployment", name }) {
        Ok(()) => go(&address(name), said),
        Err(refusal) => one(request, name, Some(refusal)),
    }
}

fn delete(request: &Request, name: &str) -> Page {
    let workloads = workloads_of(request, name)?;
    let frame = below(request, format!("Delete {name}"))
        .below(name, address(name))
        .help("A deployment is deleted once it has no workloads.")
        .twin(format!("keystead deployment delete {name}"), format!("DELETE /api/v1/deployments/{name}"));
    let what = format!("The deployment {name} is deleted with its inputs and grants.");
    Confirm::new(frame, what, "Delete deployment", address(name))
        .evidence(format!("Workloads in it: {}.", workloads.len()))
        .or_do(request, || {
            if name.contains('/') {
                return Err(Refusal::nowhere());
            }
            request.rest("DELETE", &format!("/api/v1/deployments/{name}"), json!({}))?;
            go(DEPLOYMENTS, "deployment-deleted")
        })
}
