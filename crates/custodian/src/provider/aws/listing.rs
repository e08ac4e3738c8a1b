//! Listings of AWS as tables: what to call, where the items stand in its reply, and what of each is kept.

use keystead_aws::xml::Element;

use super::{Call, Service, query_items};
use crate::provider::resource::{Page, Resource, ResourceKind};
use crate::provider::{CloudFault, Outcome, Reach};

/// The most items that are taken from one answer; AWS has at most a thousand on a page, and where it has no pages
/// this is more than its quotas allow.
pub const ITEMS_MAX: usize = 5_000;
/// The longest page that is read, in bytes; pages are asked for in sizes that stay far below.
pub const ANSWER_MAX: usize = 4 * 1_024 * 1_024;
/// The longest token of a next page that is carried on, in bytes.
const TOKEN_MAX: usize = 8 * 1_024;

/// Names of elements, one inside the other.
pub type Path = &'static [&'static str];

/// How one kind of resource is listed.
#[derive(Debug)]
pub struct Listing {
    /// What the kind is called.
    pub name: &'static str,
    /// Whether the account has it once and not by region.
    pub is_global: bool,
    /// Which service has it.
    pub service: &'static Service,
    /// The action that lists it.
    pub action: &'static str,
    /// The path of a REST call; `None` for the Query protocol.
    pub path: Option<&'static str>,
    /// What is asked for besides.
    pub parameters: &'static [(&'static str, &'static str)],
    /// The parameter that asks for the next page, and where its value stands.
    pub next: Option<(&'static str, Path)>,
    /// Every element at the end of this path is an item.
    pub items: Path,
    /// Where an item's id stands; the first that is there.
    pub id: &'static [Path],
    /// Where its name stands.
    pub title: Title,
    /// Where its state stands.
    pub state: Option<Path>,
    /// What else is kept, by name; what stands at a path several times is joined by commas.
    pub attributes: &'static [(&'static str, Path)],
    /// Where its tags stand: each, its key, its value.
    pub tags: Option<(Path, &'static str, &'static str)>,
    /// The filter that finds one by its id.
    pub filter: Option<&'static str>,
}

/// Where an item's name stands.
#[derive(Clone, Copy, Debug)]
pub enum Title {
    /// At the end of a path.
    At(Path),
    /// In the tag `Name`.
    Tag,
    /// After the last slash of the id.
    EndOfId,
}

/// What most listings have in common; not one by itself.
pub const LISTING: Listing = Listing {
    name: "",
    is_global: false,
    service: &super::service::EC2,
    action: "",
    path: None,
    parameters: &[],
    next: None,
    items: &[],
    id: &[],
    title: Title::Tag,
    state: None,
    attributes: &[],
    tags: None,
    filter: None,
};

/// The elements at the end of a path, in order.
pub fn at<'e>(element: &'e Element, path: &[&str]) -> Vec<&'e Element> {
    let Some((first, rest)) = path.split_first() else { return vec![element] };
    element.children.iter().filter(|child| child.name == *first).flat_map(|child| at(child, rest)).collect()
}

impl Listing {
    fn call<'a>(&self, region: &'a str, token: Option<&str>) -> Call<'a> {
        let paging = self.next.and_then(|(parameter, _)| token.map(|token| (parameter, token)));
        let parameters = self.parameters.iter().copied().chain(paging);
        let call = match self.path {
            None => parameters.fold(Call::of(self.service, self.action), |call, (name, value)| {
                call.with(name, value.to_owned())
            }),
            Some(path) => {
                let query = keystead_gate::outgoing::form(&parameters.collect::<Vec<_>>());
                Call::get(self.service, self.action, format!("{path}?{query}"))
            }
        };
        call.in_region(region).with_answer_max(ANSWER_MAX)
    }

    /// Makes a call and reads the page that it answers.
    fn ask(&self, reach: &Reach<'_>, call: &Call<'_>) -> Outcome<Page> {
        let mut page = Page { calls: 1, ..Page::default() };
        let reply = query_items(reach, call, self.items, &mut |item| {
            let resource = self.resource(&item).filter(|_| page.resources.len() < ITEMS_MAX);
            page.skipped += usize::from(resource.is_none());
            page.resources.extend(resource);
        })?;
        let next = self.next.and_then(|(_, path)| reply.text_at(path)).filter(|token| !token.is_empty());
        if next.is_some_and(|token| token.len() > TOKEN_MAX) {
            return Err(CloudFault::Unreadable("the token of its next page is too long".to_owned()));
        }
        page.next = next.map(str::to_owned);
        Ok(page)
    }

    fn resource(&self, item: &Element) -> Option<Resource> {
        let id = self.id.iter().find_map(|path| item.text_at(path).filter(|id| !id.is_empty()))?;
        let tags: Vec<(&str, &str)> = self.tags.map_or_else(Vec::new, |(path, key, value)| {
            let tags = at(item, path).into_iter();
            tags.filter_map(|tag| Some((tag.text_at(&[key])?, tag.text_at(&[value])?))).collect()
        });
        let title = match self.title {
            Title::At(path) => item.text_at(path),
            Title::Tag => tags.iter().find(|(key, _)| *key == "Name").map(|(_, value)| *value),
            Title::EndOfId => id.rsplit('/').next(),
        };
        let mut resource = Resource::new(id, title, self.state.and_then(|path| item.text_at(path)))?;
        for (name, path) in self.attributes {
            let values: Vec<&str> = at(item, path).into_iter().map(|value| value.text.as_str()).collect();
            resource = resource.with(*name, &values.join(", "));
        }
        Some(
            tags.into_iter()
                .fold(resource, |resource, (key, value)| resource.with(format!("tag:{key}"), value)),
        )
    }
}

impl ResourceKind for Listing {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_global(&self) -> bool {
        self.is_global
    }

    fn actions(&self) -> Vec<String> {
        vec![self.call("", None).action()]
    }

    fn page(&self, reach: &Reach<'_>, region: &str, token: Option<&str>) -> Outcome<Page> {
        self.ask(reach, &self.call(region, token))
    }

    fn page_of_one(&self, reach: &Reach<'_>, region: &str, id: &str) -> Option<Outcome<Page>> {
        let call = self.call(region, None).with("Filter.1.Name", self.filter?);
        Some(self.ask(reach, &call.with("Filter.1.Value.1", id.to_owned())))
    }
}
