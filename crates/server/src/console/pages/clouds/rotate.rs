//! Rotating the key by which Keystead itself reaches a connected account.

use serde_json::json;

use super::{below, get, path};
use crate::console::answer::{Page, go};
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

pub(super) fn answer(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let frame = below(request, format!("Rotate the key of {}", cloud.name))
        .below(&cloud.name, &cloud.address)
        .help(
            "A new key is made at the cloud, tried and taken into use; the former one goes once nobody needs it. Discovery \
             and whatever runs there go on meanwhile.",
        )
        .twin(
            format!("keystead cloud rotate {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/rotate", cloud.name),
        );
    let what = format!(
        "Keystead makes another access key for {} and takes it into use. The present one works on until nobody needs it.",
        cloud.principal
    );
    Confirm::new(frame, what, "Rotate", cloud.address.clone()).or_do(request, || {
        let begun = request.rest("POST", &path(&cloud.name, "/rotate")?, json!({}))?;
        go(&format!("/console/rotations/{}", begun.text("rotation_id")), "rotation-begun")
    })
}
