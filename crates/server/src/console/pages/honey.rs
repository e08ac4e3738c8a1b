//! Honey keys: laid out where nobody has a reason to look, so that whoever tries one has given themselves away.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::visit::Request;

const LEAKS: &str = "/console/leaks";
const PATH: &str = "/api/v1/honey-keys";

#[derive(Template)]
#[template(path = "leaks/new_honey_key.html")]
struct New {
    frame: Frame,
    place: String,
}

#[derive(Template)]
#[template(path = "leaks/honey_key.html")]
struct Made {
    frame: Frame,
    key: Value,
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        ["new"] => new(request),
        [id, "delete"] => delete(request, id),
        _ => Err(Refusal::nowhere()),
    }
}

fn new(request: &Request) -> Page {
    let place = request.form.get("place").to_owned();
    let frame = Frame::of(request, "Lay out a honey key")
        .below("Leaks", LEAKS)
        .help(
            "It looks like any access key and may do nothing. Put it where only somebody who looks through your things \
             would find it, and its first use is a leak report.",
        )
        .twin("keystead leak honey-key create --place 'the wiki'", format!("POST {PATH}"));
    if !request.is_post {
        return show(&New { frame, place });
    }
    match request.rest("POST", PATH, json!({ "place": place })) {
        Ok(key) => show(&Made { frame, key }),
        Err(refusal) => show_with(refusal.status, &New { frame: frame.wrong(Some(refusal)), place }),
    }
}

fn delete(request: &Request, id: &str) -> Page {
    let listed = request.get(PATH)?;
    let key = listed.list("honey_keys").iter().find(|key| key.text("access_key_id") == id);
    let place = key.ok_or_else(Refusal::nowhere)?.text("place");
    let frame = Frame::of(request, "Delete honey key")
        .below("Leaks", LEAKS)
        .help("Take it away from where it lies as well. Whoever tries it afterwards is refused, and nobody is told.")
        .twin(format!("keystead leak honey-key delete {id}"), format!("DELETE {PATH}/{id}"));
    let what = format!("The honey key {id} of “{place}” raises no more alarms.");
    Confirm::new(frame, what, "Delete honey key", LEAKS).or_do(request, || {
        request.rest("DELETE", &format!("{PATH}/{}", segment(id)), json!({}))?;
        go(LEAKS, "honey-key-deleted")
    })
}
