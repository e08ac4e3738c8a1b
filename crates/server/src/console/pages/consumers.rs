//! Consumers: who uses which managed credential, enrolling one, and taking one off.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

/// The ways a consumer gets its keys, and what each is.
const WAYS: [(&str, &str); 6] = [
    ("credential_process", "credential_process of an AWS profile"),
    ("credentials_file", "an AWS credentials file"),
    ("container", "the container endpoint of keystead agent"),
    ("imds", "the metadata service of keystead agent"),
    ("file", "a file of any form"),
    ("exec", "a program that keystead exec starts"),
];

#[derive(Template)]
#[template(path = "consumers/list.html")]
struct List {
    frame: Frame,
    credentials: Vec<(Value, Vec<Value>)>,
}

#[derive(Template)]
#[template(path = "consumers/enroll.html")]
struct Enroll {
    frame: Frame,
    credentials: Vec<String>,
    credential: String,
    name: String,
    ways: [(&'static str, &'static str); 6],
}

#[derive(Template)]
#[template(path = "consumers/enrolled.html")]
struct Enrolled {
    frame: Frame,
    name: String,
    token: String,
    origin: String,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request),
        ["new"] => enroll(request),
        ["remove"] => remove(request),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request) -> Page {
    let listed = request.get("/api/v1/credentials")?;
    let credentials = listed.list("credentials").iter().map(|credential| {
        let path = format!("/api/v1/credentials/{}/consumer-map", segment(&credential.text("name")));
        let map = request.get(&path).map(|map| map.list("consumers").to_vec()).unwrap_or_default();
        (credential.clone(), map)
    });
    let frame = Frame::of(request, "Consumers")
        .help("Who uses which credential, by what was seen and not by what was planned. A rotation waits for each of them.")
        .twin("keystead consumer list CREDENTIAL", "GET /api/v1/credentials/CREDENTIAL/consumer-map");
    show(&List { frame, credentials: credentials.collect() })
}

fn enroll(request: &Request) -> Page {
    let form = &request.form;
    let credential = form.find("credential").or_else(|| request.query.find("credential")).unwrap_or_default();
    let name = form.get("name");
    let mut wrong = None;
    if request.is_post {
        let kind = form.get("kind");
        let input = json!({ "name": name, "kind": kind, "required": true });
        let path = format!("/api/v1/credentials/{}/consumers", segment(credential));
        match request.rest("POST", &path, input) {
            Ok(made) => {
                let frame = Frame::of(request, "Consumer enrolled")
                    .below("Consumers", "/console/consumers")
                    .help("The token lets its bearer have this one credential and nothing else. It is shown nowhere again.");
                let origin = request.gate.page_origin().to_owned();
                let (name, token) = (made.text("name"), made.text("token"));
                return show(&Enrolled { frame, name, token, origin });
            }
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let listed = request.get("/api/v1/credentials")?;
    let credentials = listed.list("credentials").iter().map(|credential| credential.text("name")).collect();
    let frame = Frame::of(request, "Enrol consumer")
        .below("Consumers", "/console/consumers")
        .wrong(wrong)
        .help("An enrolled consumer is handed its credential, and the next one when it is rotated.")
        .twin("keystead consumer enroll CREDENTIAL NAME", "POST /api/v1/credentials/CREDENTIAL/consumers");
    let (credential, name) = (credential.to_owned(), name.to_owned());
    show_with(status, &Enroll { frame, credentials, credential, name, ways: WAYS })
}

fn remove(request: &Request) -> Page {
    let (credential, name) = (request.query.get("credential"), request.query.get("name"));
    let frame = Frame::of(request, format!("Remove {name}"))
        .below("Consumers", "/console/consumers")
        .help("Its token is good no more. What it holds works until it is rotated.")
        .twin(format!("keystead consumer remove {credential} {name}"), "");
    let what = format!("{name} is handed {credential} no more, from its very next request.");
    Confirm::new(frame, what, "Remove consumer", "/console/consumers").or_do(request, || {
        let path = format!("/api/v1/credentials/{}/consumers/{}", segment(credential), segment(name));
        request.rest("DELETE", &path, json!({}))?;
        go("/console/consumers", "consumer-removed")
    })
}
