//! The red cross: forgetting a connected account, after its losses were read and the password was given.

use serde_json::json;

use super::{CLOUDS, below, get, path};
use crate::console::answer::{Page, go};
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

/// As many names of what is lost are shown.
const NAMES_MAX: usize = 8;

pub(super) fn answer(request: &Request, cloud: &str) -> Page {
    let cloud = get(request, cloud)?;
    let losses = request.get(&path(&cloud.name, "/losses")?)?;
    let frame = below(request, format!("Delete {}", cloud.name))
        .below(&cloud.name, &cloud.address)
        .help(
            "Only Keystead forgets the account. The cloud is not asked, and what runs there goes on running.",
        )
        .twin(
            format!("keystead cloud delete {}", cloud.name),
            format!("POST /api/v1/cloud-accounts/{}/delete", cloud.name),
        );
    let what = format!(
        "This removes the account {} from Keystead as {}. It can be connected again later, but everything kept here \
         about it is lost. This cannot be undone.",
        cloud.grouped(),
        cloud.name
    );
    let mut question = Confirm::new(frame, what, "Confirm delete", &cloud.address).password();
    for loss in losses.list("lost") {
        let names = loss.texts("names");
        let mut sentence = format!("{}: {}", capital(&loss.text("what")), loss.number("count"));
        if !names.is_empty() {
            let shown = names.iter().take(NAMES_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if names.len() > NAMES_MAX { " and more" } else { "" };
            sentence = format!("{sentence} ({shown}{more})");
        }
        question = question.evidence(format!("{sentence}."));
    }
    question.evidence(losses.text("stays")).or_do(request, || {
        let input = json!({ "password": request.form.raw("password") });
        request.rest("POST", &path(&cloud.name, "/delete")?, input)?;
        go(CLOUDS, "cloud-deleted")
    })
}

/// With a capital letter, as a sentence begins.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first: String = rest.next().into_iter().flat_map(char::to_uppercase).collect();
    first + rest.as_str()
}
