//! One connected account: its facts, its lamps region by region, what its key may do, and what was found.

use askama::Template;
use serde_json::json;

use super::matrix::Matrix;
use super::status::{Discovery, Status};
use super::{Cloud, below, get, path};
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

#[derive(Template)]
#[template(path = "clouds/show.html")]
struct Show {
    frame: Frame,
    cloud: Cloud,
    status: Status,
    matrix: Matrix,
    discovery: Option<Discovery>,
}

pub(super) fn answer(request: &Request, cloud: &str, wrong: Option<Refusal>) -> Page {
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let cloud = get(request, cloud)?;
    let (status, matrix) = (Status::of(request, &cloud.name)?, Matrix::of(request, &cloud.name)?);
    let discovery = Discovery::newest(request, &cloud.name)?;
    let frame = below(request, &cloud.name)
        .wrong(wrong)
        .help(
            "How the account is and what its key may do. Requery asks the cloud now, for example after you signed up \
             for a service or allowed an action.",
        )
        .twin(
            format!("keystead cloud requery {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/probe", cloud.name),
        );
    show_with(code, &Show { frame, cloud, status, matrix, discovery })
}

/// Asks the cloud now.
pub(super) fn requery(request: &Request, cloud: &str) -> Page {
    act(request, cloud, "/probe", "cloud-asked")
}

/// Has it looked through.
pub(super) fn discover(request: &Request, cloud: &str) -> Page {
    act(request, cloud, "/discoveries", "cloud-looked-through")
}

/// Makes the generated credentials that were deleted again.
pub(super) fn regenerate(request: &Request, cloud: &str) -> Page {
    act(request, cloud, "/generated-credentials", "credentials-generated")
}

fn act(request: &Request, cloud: &str, operation: &str, said: &str) -> Page {
    match request.rest("POST", &path(cloud, operation)?, json!({})) {
        Ok(_) => go(&get(request, cloud)?.address, said),
        Err(refusal) => answer(request, cloud, Some(refusal)),
    }
}
