//! *Your clouds*: what is connected, how it is, and its pencil and cross.

use askama::Template;

use super::status::{Discovery, Status};
use super::{Cloud, all};
use crate::console::answer::{Page, Refusal, show};
use crate::console::frame::Frame;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "clouds/list.html")]
struct List {
    frame: Frame,
    rows: Vec<Row>,
    failing: usize,
}

struct Row {
    cloud: Cloud,
    status: Status,
    discovery: Option<Discovery>,
}

pub(super) fn answer(request: &Request) -> Page {
    let rows = all(request)?.into_iter().map(|cloud| row(request, cloud)).collect::<Result<Vec<_>, _>>()?;
    let failing = rows.iter().filter(|row| row.status.failing_since.is_some()).count();
    let frame = Frame::of(request, "Your clouds")
        .below("Settings", "/console/settings")
        .below("Account settings", "/console/settings")
        .help(
            "A connected account lets Keystead see what is there and hand its credentials to workloads. The first lamp \
             says whether the cloud answers, the second whether it accepts the key.",
        )
        .twin("keystead cloud list", "GET /api/v1/cloud-accounts");
    show(&List { frame, rows, failing })
}

fn row(request: &Request, cloud: Cloud) -> Result<Row, Refusal> {
    let status = Status::of(request, &cloud.name)?;
    let discovery = Discovery::newest(request, &cloud.name)?;
    Ok(Row { cloud, status, discovery })
}
