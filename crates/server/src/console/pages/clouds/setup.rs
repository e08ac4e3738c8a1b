//! The steps after the credentials: what the key may do, what there is, and what launching needs.

use askama::Template;
use serde_json::{Value, json};

use super::matrix::Matrix;
use super::status::{Discovery, Status};
use super::{Cloud, below, get, path};
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "clouds/setup_check.html")]
struct Check {
    frame: Frame,
    cloud: Cloud,
    matrix: Matrix,
}

#[derive(Template)]
#[template(path = "clouds/setup_discover.html")]
struct Discover {
    frame: Frame,
    cloud: Cloud,
    discovery: Option<Discovery>,
}

#[derive(Template)]
#[template(path = "clouds/setup_prerequisites.html")]
struct Prerequisites {
    frame: Frame,
    cloud: Cloud,
    regions: Vec<(String, bool)>,
    ssh_key: String,
    security_group: String,
    ports: String,
    cidr: String,
    made: Vec<Value>,
}

#[derive(Template)]
#[template(path = "clouds/setup_done.html")]
struct Done {
    frame: Frame,
    cloud: Cloud,
    status: Status,
    discovery: Option<Discovery>,
}

pub(super) fn answer(request: &Request, cloud: &str, step: &str) -> Page {
    match step {
        "check" => check(request, cloud),
        "discover" => discover(request, cloud),
        "prerequisites" => prerequisites(request, cloud),
        "done" => done(request, cloud),
        _ => Err(Refusal::nowhere()),
    }
}

fn frame(request: &Request, cloud: &Cloud, step: &str) -> Frame {
    below(request, step).below(&cloud.name, &cloud.address)
}

fn check(request: &Request, cloud: &str) -> Page {
    let mut wrong = None;
    let cloud = get(request, cloud)?;
    if request.is_post {
        match request.rest("POST", &path(&cloud.name, "/probe")?, json!({})) {
            Ok(_) => return go(&format!("{}/setup/check", cloud.address), "cloud-asked"),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let matrix = Matrix::of(request, &cloud.name)?;
    let mut frame = frame(request, &cloud, "What this key may do")
        .wrong(wrong)
        .help(
            "Each service is asked once in each region. What is denied can be allowed later; nothing here has to be \
             green to go on.",
        )
        .twin(
            format!("keystead cloud probe {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/probe", cloud.name),
        );
    if matrix.rows.is_empty() {
        frame = frame.live();
    }
    show_with(status, &Check { frame, cloud, matrix })
}

fn discover(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    if request.is_post {
        request.rest("POST", &path(&cloud.name, "/discoveries")?, json!({}))?;
        return go(&format!("{}/setup/discover", cloud.address), "");
    }
    let discovery = Discovery::newest(request, &cloud.name)?;
    let mut frame = frame(request, &cloud, "What there is")
        .help(
            "All lists of all regions are read, a few at once, and kept here to be searched. You may leave this page; \
             it goes on by itself.",
        )
        .twin(
            format!("keystead cloud discover {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/discoveries", cloud.name),
        );
    if discovery.as_ref().is_some_and(Discovery::is_under_way) {
        frame = frame.live();
    }
    show(&Discover { frame, cloud, discovery })
}

fn prerequisites(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let (mut wrong, mut made) = (None, Vec::new());
    if request.is_post {
        let input = wanted(request);
        match request.rest("POST", &path(&cloud.name, "/prerequisites")?, input) {
            Ok(answer) => made = answer.list("regions").to_vec(),
            Err(refusal) => wrong = Some(refusal),
        }
    }
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let used = Status::of(request, &cloud.name)?.regions.into_iter().filter(|region| region.opted_in);
    let is_ticked = |name: &str| !request.is_post || request.form.all("region").any(|ticked| ticked == name);
    let regions = used.map(|region| (region.name.clone(), is_ticked(&region.name))).collect();
    let typed = |field: &str, first: &str| {
        if request.is_post { request.form.get(field).to_owned() } else { first.to_owned() }
    };
    let frame = frame(request, &cloud, "SSH key and security group")
        .wrong(wrong)
        .help(
            "Launching an instance needs an SSH key pair and a security group in its region. What has the name already \
             is left as it is, and no port is opened that you do not ask for.",
        )
        .twin(
            format!("keystead cloud prerequisites {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/prerequisites", cloud.name),
        );
    let page = Prerequisites {
        frame,
        cloud,
        regions,
        ssh_key: typed("ssh_key", "default"),
        security_group: typed("security_group", "default"),
        ports: typed("ports", ""),
        cidr: typed("cidr", ""),
        made,
    };
    show_with(status, &page)
}

/// What is to be made, as the operation takes it.
fn wanted(request: &Request) -> Value {
    let form = &request.form;
    let name = |field: &str| form.find(field).unwrap_or("none").to_owned();
    let open: Vec<Value> = form
        .get("ports")
        .split([',', ' '])
        .filter(|ports| !ports.is_empty())
        .map(|ports| json!({ "protocol": "tcp", "ports": ports, "cidr": form.get("cidr") }))
        .collect();
    json!({
        "regions": form.all("region").collect::<Vec<_>>(),
        "ssh_key": name("ssh_key"),
        "security_group": name("security_group"),
        "open": open,
        "open_to_world": form.has("open_to_world"),
    })
}

fn done(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let (status, discovery) = (Status::of(request, &cloud.name)?, Discovery::newest(request, &cloud.name)?);
    let frame = frame(request, &cloud, "Connected")
        .help("The account is connected. From now on its lamps are looked after and its resources are looked through by themselves.")
        .twin(
            format!("keystead cloud status {}", cloud.name),
            format!("GET /api/v1/cloud-accounts/{}/status", cloud.name),
        );
    show(&Done { frame, cloud, status, discovery })
}
