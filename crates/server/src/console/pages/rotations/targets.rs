//! What is done with a place that Keystead brings keys to: looked at, brought the present key, taken off.

use serde_json::json;

use super::kept;
use crate::console::answer::{Page, Refusal, go};
use crate::console::door::segment;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

pub(super) fn answer(request: &Request, (name, target): (&str, &str), act: &str) -> Page {
    let path = kept::path(name, &format!("/targets/{}", segment(target)));
    match act {
        "test" if request.is_post => match request.rest("POST", &format!("{path}/test"), json!({})) {
            Ok(found) => {
                let looked = (target.to_owned(), found.is("ready"), found.text("finding"));
                kept::page(request, name, None, Some(looked))
            }
            Err(refusal) => kept::page(request, name, Some(refusal), None),
        },
        "deliver" => deliver(request, (name, target), &path),
        "remove" => remove(request, (name, target), &path),
        _ => Err(Refusal::nowhere()),
    }
}

/// What somebody else wrote there is written over only by who has read of it and types the target's name.
fn deliver(request: &Request, (name, target): (&str, &str), path: &str) -> Page {
    let found = request.rest("POST", &format!("{path}/test"), json!({}))?;
    let overwrites = !found.is("ready");
    let frame = kept::below(request, name, "Bring the key")
        .help("The key in use is written there now, without a rotation. Somebody else's change is not written over unasked.")
        .twin(format!("keystead target deliver {name} {target}"), format!("POST {path}/deliver"));
    let what = format!("The key that is in use is brought to {target}, where its consumer reads it.");
    let mut question =
        Confirm::new(frame, what, "Bring it", kept::address(name)).evidence(found.text("finding"));
    if overwrites {
        question = question.typed(target, format!("the name {target}, to write over what is there"));
    }
    question.or_do(request, || {
        request.rest("POST", &format!("{path}/deliver"), json!({ "overwrite": overwrites }))?;
        go(&kept::address(name), "target-delivered")
    })
}

fn remove(request: &Request, (name, target): (&str, &str), path: &str) -> Page {
    let frame = kept::below(request, name, "Take off the target")
        .help("Rotations bring nothing there any more and do not wait for it. What lies there stays, and grows old.")
        .twin(format!("keystead target remove {name} {target}"), format!("DELETE {path}"));
    let what = format!("{target} is given no more keys. What it holds now stays there.");
    Confirm::new(frame, what, "Take it off", kept::address(name)).or_do(request, || {
        request.rest("DELETE", path, json!({}))?;
        go(&kept::address(name), "target-removed")
    })
}
