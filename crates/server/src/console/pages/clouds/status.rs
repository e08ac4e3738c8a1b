//! How a connected account is: its lamps with their words, and what was last found in it.

use keystead_core::Timestamp;
use serde_json::Value;

use crate::console::answer::Refusal;
use crate::console::look::Look;
use crate::console::visit::Request;

/// A lamp: a class for its colour and a word, for colour says nothing to many.
#[derive(Clone, Copy)]
pub(super) struct Lamp {
    pub(super) class: &'static str,
    pub(super) word: &'static str,
}

/// One region.
pub(super) struct Region {
    pub(super) name: String,
    pub(super) opted_in: bool,
    pub(super) controller: Lamp,
    pub(super) account: Lamp,
    pub(super) reason: String,
    pub(super) checked_at: Option<Timestamp>,
}

/// All of a connected account.
pub(super) struct Status {
    pub(super) controller: Lamp,
    pub(super) account: Lamp,
    pub(super) regions: Vec<Region>,
    pub(super) failing_since: Option<Timestamp>,
    pub(super) failing_why: String,
    pub(super) changes: Vec<Value>,
}

impl Status {
    pub(super) fn of(request: &Request, cloud: &str) -> Result<Self, Refusal> {
        let status = request.get(&super::path(cloud, "/status")?)?;
        let regions: Vec<Region> = status.list("regions").iter().map(Region::read).collect();
        let of = |lamp: &str| worst(status.list("regions"), lamp);
        Ok(Self {
            controller: controller(of("controller")),
            account: account(of("account")),
            failing_since: status.at("failing").time("since"),
            failing_why: status.at("failing").text("reason"),
            changes: status.list("changes").iter().take(5).cloned().collect(),
            regions,
        })
    }

    /// Both lamps in words.
    pub(super) fn words(&self) -> String {
        format!("{}, {}", self.controller.word, self.account.word)
    }

    /// How many regions are in use.
    pub(super) fn used(&self) -> usize {
        self.regions.iter().filter(|region| region.opted_in).count()
    }
}

impl Region {
    fn read(region: &Value) -> Self {
        Self {
            name: region.text("region"),
            opted_in: region.is("opted_in"),
            controller: controller(&region.text("controller")),
            account: account(&region.text("account")),
            reason: region.text("reason"),
            checked_at: region.time("checked_at"),
        }
    }
}

/// One lamp for all regions in use: red where one is, green where all are.
fn worst(regions: &[Value], lamp: &str) -> &'static str {
    let mut lamps =
        regions.iter().filter(|region| region.is("opted_in")).map(|region| region.text(lamp)).peekable();
    if lamps.peek().is_none() {
        return "unknown";
    }
    let lamps: Vec<String> = lamps.collect();
    match () {
        () if lamps.iter().any(|lamp| lamp == "red") => "red",
        () if lamps.iter().all(|lamp| lamp == "green") => "green",
        () => "unknown",
    }
}

fn controller(lamp: &str) -> Lamp {
    match lamp {
        "green" => Lamp { class: "", word: "answers" },
        "red" => Lamp { class: "bad", word: "does not answer" },
        _ => Lamp { class: "unknown", word: "not asked yet" },
    }
}

fn account(lamp: &str) -> Lamp {
    match lamp {
        "green" => Lamp { class: "", word: "accepted" },
        "red" => Lamp { class: "bad", word: "refused" },
        _ => Lamp { class: "unknown", word: "not known" },
    }
}

/// The newest discovery of a connected account, with its lists; nothing where there was none.
pub(super) struct Discovery {
    pub(super) state: String,
    pub(super) done: i64,
    pub(super) failed: i64,
    pub(super) total: i64,
    pub(super) found: i64,
    pub(super) added: i64,
    pub(super) changed: i64,
    pub(super) removed: i64,
    pub(super) notes: Vec<String>,
    pub(super) ended_at: Option<Timestamp>,
    /// Kinds of resources, what people call them, and how many were seen.
    pub(super) kinds: Vec<(String, String, i64)>,
}

impl Discovery {
    /// The newest one.
    pub(super) fn newest(request: &Request, cloud: &str) -> Result<Option<Self>, Refusal> {
        let listed = request.get(&super::path(cloud, "/discoveries")?)?;
        let Some(newest) = listed.list("discoveries").first() else { return Ok(None) };
        let rest = format!("/discoveries/{}", newest.text("discovery_id"));
        Ok(Some(Self::read(&request.get(&super::path(cloud, &rest)?)?)))
    }

    fn read(discovery: &Value) -> Self {
        let mut kinds: Vec<(String, String, i64)> = Vec::new();
        for list in discovery.list("lists") {
            let (kind, found) = (list.text("kind"), list.number("found"));
            match kinds.iter_mut().find(|(of, _, _)| *of == kind) {
                Some((_, _, sum)) => *sum += found,
                None => kinds.push((kind.clone(), plain(&kind), found)),
            }
        }
        kinds.retain(|(_, _, found)| *found > 0);
        kinds.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        Self {
            state: discovery.text("state"),
            done: discovery.number("tasks_done"),
            failed: discovery.number("tasks_failed"),
            total: discovery.number("tasks_total"),
            found: discovery.number("found"),
            added: discovery.number("added"),
            changed: discovery.number("changed"),
            removed: discovery.number("removed"),
            notes: discovery.texts("notes"),
            ended_at: discovery.time("finished_at"),
            kinds,
        }
    }

    /// Whether it goes on.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "running" | "broken_off")
    }

    /// How far it is, as a sentence.
    pub(super) fn sentence(&self) -> String {
        let (done, total) = (self.done + self.failed, self.total);
        match self.state.as_str() {
            "queued" => "Waiting for its turn. It begins by itself.".to_owned(),
            "running" if total == 0 => "Asking which regions there are.".to_owned(),
            "running" => format!("{done} of {total} lists are read, {} resources seen so far.", self.found),
            "broken_off" => "Broken off in the middle; it is begun again by itself.".to_owned(),
            "complete" => format!("All {total} lists were read: {} resources.", self.found),
            "incomplete" => format!(
                "{} of {total} lists were read: {} resources. {} could not be read to the end.",
                self.done, self.found, self.failed
            ),
            _ => "None of the lists could be read.".to_owned(),
        }
    }

    /// How far it is, of a hundred.
    pub(super) fn percent(&self) -> i64 {
        if self.total == 0 { 0 } else { (self.done + self.failed) * 100 / self.total }
    }
}

/// The name of a kind as people say it: `security_groups` is security groups.
pub(in crate::console::pages) fn plain(kind: &str) -> String {
    kind.replace('_', " ")
}
