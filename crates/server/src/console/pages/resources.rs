//! Resources: what was found in connected accounts, searched and asked about once more.

use askama::Template;
use serde_json::{Value, json};

use super::clouds::{self, Cloud, plain};
use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::{self, Look};
use crate::console::visit::Request;

const RESOURCES: &str = "/console/resources";

#[derive(Template)]
#[template(path = "resources/list.html")]
struct List {
    frame: Frame,
    clouds: Vec<Cloud>,
    wanted: Wanted,
    regions: Vec<String>,
    kinds: Vec<(String, String)>,
    resources: Vec<Resource>,
    next: Option<String>,
}

/// What is looked for.
#[derive(Default)]
struct Wanted {
    cloud: String,
    region: String,
    kind: String,
    search: String,
}

impl Wanted {
    fn of(fields: &crate::console::visit::Fields) -> Self {
        let given = |name: &str| fields.get(name).to_owned();
        Self { cloud: given("cloud"), region: given("region"), kind: given("kind"), search: given("search") }
    }

    /// Whether only some of an account are looked for.
    fn is_narrow(&self) -> bool {
        [&self.region, &self.kind, &self.search].into_iter().any(|text| !text.is_empty())
    }

    fn address(&self) -> String {
        let Self { cloud, region, kind, search } = self;
        let [cloud, region, kind, search] = [cloud, region, kind, search].map(|text| segment(text));
        format!("{RESOURCES}?cloud={cloud}&region={region}&kind={kind}&search={search}")
    }
}

struct Resource {
    row: Value,
    kind: String,
    attributes: Vec<(String, String)>,
}

impl Resource {
    fn read(row: &Value) -> Self {
        let attribute = |(name, value): (&String, &Value)| {
            let text = look::plain(value);
            let text = if text.is_empty() && !value.is_null() { value.to_string() } else { text };
            (plain(name), text)
        };
        let attributes = row.at("attributes").as_object();
        Self {
            kind: plain(&row.text("kind")),
            attributes: attributes
                .into_iter()
                .flatten()
                .map(attribute)
                .filter(|(_, text)| text != "\"\"")
                .collect(),
            row: row.clone(),
        }
    }
}

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    match rest {
        [] => list(request, None),
        ["requery"] if request.is_post => requery(request),
        _ => Err(Refusal::nowhere()),
    }
}

fn list(request: &Request, wrong: Option<Refusal>) -> Page {
    let clouds = clouds::all(request)?;
    let mut wanted = Wanted::of(if request.is_post { &request.form } else { &request.query });
    if wanted.cloud.is_empty() {
        wanted.cloud = clouds.first().map(|cloud| cloud.name.clone()).unwrap_or_default();
    }
    let code = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let mut page = List {
        frame: frame(request, &wanted).wrong(wrong),
        clouds,
        regions: Vec::new(),
        kinds: Vec::new(),
        resources: Vec::new(),
        next: None,
        wanted,
    };
    if !page.wanted.cloud.is_empty() {
        fill(request, &mut page)?;
    }
    show_with(code, &page)
}

fn fill(request: &Request, page: &mut List) -> Result<(), Refusal> {
    let wanted = &page.wanted;
    let mut input = json!({});
    let after = request.query.get("after").to_owned();
    let members =
        [("region", &wanted.region), ("kind", &wanted.kind), ("search", &wanted.search), ("after", &after)];
    for (name, value) in members.into_iter().filter(|(_, value)| !value.is_empty()) {
        input[name] = value.as_str().into();
    }
    let found = request.rest("GET", &clouds::path(&wanted.cloud, "/resources")?, input)?;
    page.next = found.find("next").map(|next| format!("{}&after={}", wanted.address(), segment(&next)));
    page.resources = found.list("resources").iter().map(Resource::read).collect();
    (page.regions, page.kinds) = clouds::places(request, &wanted.cloud)?;
    Ok(())
}

fn frame(request: &Request, wanted: &Wanted) -> Frame {
    let cloud = if wanted.cloud.is_empty() { "CLOUD" } else { &wanted.cloud };
    Frame::of(request, "Resources")
        .help(
            "What there is in a connected account, as it was last seen. Requery asks the cloud about one of them once \
             more; a whole account is looked through from its own page.",
        )
        .twin(
            format!("keystead cloud resources {cloud} --search TEXT"),
            format!("GET /api/v1/cloud-accounts/{cloud}/resources?search=TEXT"),
        )
}

fn requery(request: &Request) -> Page {
    let (form, wanted) = (&request.form, Wanted::of(&request.form));
    // The button that was pressed names it: its kind, its region, and its id, which alone may hold a slash.
    let mut of = form.get("of").splitn(3, '/').map(str::to_owned);
    let [kind, region, resource_id] = [(); 3].map(|()| of.next().unwrap_or_default());
    let input = json!({ "kind": kind, "region": region, "resource_id": resource_id });
    match request.rest("POST", &clouds::path(&wanted.cloud, "/resources/requery")?, input) {
        Ok(answer) => {
            go(&wanted.address(), if answer.is("exists") { "resource-there" } else { "resource-gone" })
        }
        Err(refusal) => list(request, Some(refusal)),
    }
}
