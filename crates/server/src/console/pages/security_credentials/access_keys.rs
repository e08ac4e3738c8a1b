//! Access keys: made after asking what for, shown once, switched off and deleted with the evidence of use beside it.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead_core::Timestamp;
use serde_json::Value;

use super::Owner;
use crate::console::answer::{Page, Refusal, go, show, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::pages::confirm::Confirm;
use crate::console::time;
use crate::console::visit::Request;

/// How many keys somebody can have. Source: IAM quotas.
const KEYS_MAX: usize = 2;

/// A key with what is known of its use.
pub(super) struct Key {
    pub(super) id: String,
    pub(super) is_active: bool,
    pub(super) created: Option<Timestamp>,
    pub(super) used: Option<Timestamp>,
    /// Service and region of the last use.
    pub(super) used_for: String,
    /// Whoever uses it, the latest first; none where that may not be asked.
    pub(super) consumers: Option<Vec<Value>>,
    /// How often it was used on each of the last days.
    pub(super) chart: Chart,
}

/// How often a key was used, day by day, as bars of a small chart.
#[derive(Default)]
pub(super) struct Chart {
    /// Where each bar begins from the left, and how high it is, of [`CHART_HEIGHT`].
    pub(super) bars: Vec<(i64, i64)>,
    /// The same in words.
    pub(super) told: String,
}

/// How many days are drawn, how wide each is, and how high the highest bar.
const CHART_DAYS: i64 = 30;
const DAY_WIDTH: i64 = 4;
const CHART_HEIGHT: i64 = 20;

impl Chart {
    fn of(days: &[Value], now: Timestamp) -> Self {
        let most = days.iter().map(|day| day.number("uses")).max().unwrap_or_default();
        if most == 0 {
            return Self::default();
        }
        let bar = |day: &Value| {
            let midnight = Timestamp::parse_rfc3339(&format!("{}T00:00:00Z", day.text("day")))?;
            let ago = now.secs().div_euclid(DAY_SECONDS) - midnight.secs().div_euclid(DAY_SECONDS);
            let height = (day.number("uses") * CHART_HEIGHT / most).max(2);
            Some(((CHART_DAYS - 1 - ago) * DAY_WIDTH, height))
        };
        let uses: i64 = days.iter().map(|day| day.number("uses")).sum();
        Self {
            bars: days.iter().filter_map(bar).filter(|(x, _)| *x >= 0).collect(),
            told: format!(
                "{uses} uses on {} of the last {CHART_DAYS} days, {most} on the busiest",
                days.len()
            ),
        }
    }
}

const DAY_SECONDS: i64 = 24 * 60 * 60;

impl Key {
    /// Consumers by name, three at most.
    pub(super) fn named(&self) -> String {
        let consumers = self.consumers.as_deref().unwrap_or_default();
        // One that is seen at several services counts each time, and is named once.
        let mut names: Vec<String> = Vec::new();
        for name in consumers.iter().map(|consumer| consumer.text("consumer")) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() > 3 {
            names.truncate(3);
            names.push("…".to_owned());
        }
        names.join(", ")
    }

    /// What to know before it is switched off, a sentence each.
    fn evidence(&self, now: Timestamp) -> Vec<String> {
        let mut told = vec![match self.used {
            Some(at) => format!("It was last used {} ({}).", time::relative_text(at, now), self.used_for),
            None => "It was never used.".to_owned(),
        }];
        for consumer in self.consumers.as_deref().unwrap_or_default().iter().take(10) {
            if let Some(at) = consumer.time("last_used_at") {
                let (name, uses) = (consumer.text("consumer"), consumer.number("uses"));
                let times = if uses == 1 { "once".to_owned() } else { format!("{uses} times") };
                told.push(format!("{name} used it {}, {times} in all.", time::relative_text(at, now)));
            }
        }
        told
    }
}

#[derive(Template)]
#[template(path = "security_credentials/create_key.html")]
struct Create {
    frame: Frame,
    base: String,
    purpose: String,
    is_root: bool,
    keys: Vec<Key>,
    is_full: bool,
}

#[derive(Template)]
#[template(path = "security_credentials/created_key.html")]
struct Created {
    frame: Frame,
    base: String,
    id: String,
    secret: String,
    csv: String,
    file: String,
}

pub(super) fn answer(request: &Request, of: &Owner, rest: &[&str]) -> Page {
    match rest {
        ["new"] => create(request, of),
        [id, "activate"] => activate(request, of, id),
        [id, "deactivate"] => deactivate(request, of, id),
        [id, "delete"] => delete(request, of, id),
        _ => Err(Refusal::nowhere()),
    }
}

/// Somebody's keys, with their use.
pub(super) fn list(request: &Request, of: &Owner) -> Result<Vec<Key>, Refusal> {
    let found = request.query_all("ListAccessKeys", &of.given(&[]), "AccessKeyMetadata")?;
    Ok(found.iter().map(|key| known(request, key)).collect())
}

fn known(request: &Request, key: &Value) -> Key {
    let id = key.text("AccessKeyId");
    let last = request.query("GetAccessKeyLastUsed", &[("AccessKeyId", &id)]).unwrap_or_default();
    let last = last.at("AccessKeyLastUsed");
    let uses = request.get(&format!("/api/v1/access-keys/{id}/uses"));
    Key {
        is_active: key.text("Status") == "Active",
        created: key.time("CreateDate"),
        used: last.time("LastUsedDate"),
        used_for: format!("{} · {}", last.text("ServiceName"), last.text("Region")),
        chart: uses
            .as_ref()
            .map_or_else(|_| Chart::default(), |uses| Chart::of(uses.list("days"), request.now())),
        consumers: uses.ok().map(|uses| uses.list("consumers").to_vec()),
        id,
    }
}

fn find(request: &Request, of: &Owner, id: &str) -> Result<Key, Refusal> {
    let found = list(request, of)?.into_iter().find(|key| key.id == id);
    found.ok_or_else(Refusal::nowhere)
}

fn create(request: &Request, of: &Owner) -> Page {
    if request.is_post && request.form.has("create") {
        return match request.query("CreateAccessKey", &of.given(&[])) {
            Ok(answer) => created(request, of, answer.at("AccessKey")),
            Err(refusal) => ask(request, of, Some(refusal)),
        };
    }
    ask(request, of, None)
}

fn ask(request: &Request, of: &Owner, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let keys = list(request, of)?;
    let frame = of
        .frame(request, "Create access key")
        .wrong(wrong)
        .help(
            "An access key is good until somebody ends it, wherever it is copied to. Whatever can have a role or a \
             workload's inputs is better off without one.",
        )
        .twin(format!("aws iam create-access-key{}", of.option()), "POST / Action=CreateAccessKey");
    show_with(
        status,
        &Create {
            frame,
            base: of.base.clone(),
            purpose: request.form.get("purpose").to_owned(),
            is_root: of.is_root(request),
            is_full: keys.len() >= KEYS_MAX,
            keys,
        },
    )
}

/// The one page that shows the secret.
fn created(request: &Request, of: &Owner, key: &Value) -> Page {
    let (id, secret) = (key.text("AccessKeyId"), key.text("SecretAccessKey"));
    // The file that AWS's console gives: programs read it by these headings.
    let csv = STANDARD.encode(format!("Access key ID,Secret access key\r\n{id},{secret}\r\n"));
    let file = format!("{}_accessKeys.csv", of.called(request));
    let frame = of
        .frame(request, "Access key created")
        .help("The secret is kept sealed to check signatures and is shown nowhere again. If it is lost, make another key.")
        .twin("aws configure", "");
    show(&Created { frame, base: of.base.clone(), id, secret, csv, file })
}

fn activate(request: &Request, of: &Owner, id: &str) -> Page {
    find(request, of, id)?;
    let what = format!("The key {id} is accepted again from the very next request.");
    let frame = of
        .frame(request, "Activate access key")
        .help("Whoever has the secret of an active key acts as its owner. Activate one only to put back what was missed.")
        .twin(
            format!("aws iam update-access-key{} --access-key-id {id} --status Active", of.option()),
            "POST / Action=UpdateAccessKey",
        );
    Confirm::new(frame, what, "Activate", of.base.clone()).or_do(request, || {
        request.query("UpdateAccessKey", &of.given(&[("AccessKeyId", id), ("Status", "Active")]))?;
        go(&of.base, "key-activated")
    })
}

fn deactivate(request: &Request, of: &Owner, id: &str) -> Page {
    let key = find(request, of, id)?;
    let frame = of
        .frame(request, "Deactivate access key")
        .help("A deactivated key is refused from the very next request, and can be activated again.")
        .twin(
            format!("aws iam update-access-key{} --access-key-id {id} --status Inactive", of.option()),
            "POST / Action=UpdateAccessKey",
        );
    let what =
        format!("Whatever still uses {id} is refused from the very next request. It can be activated again.");
    let question = Confirm::new(frame, what, "Deactivate", of.base.clone());
    key.evidence(request.now()).into_iter().fold(question, Confirm::evidence).or_do(request, || {
        request.query("UpdateAccessKey", &of.given(&[("AccessKeyId", id), ("Status", "Inactive")]))?;
        go(&of.base, "key-deactivated")
    })
}

fn delete(request: &Request, of: &Owner, id: &str) -> Page {
    let key = find(request, of, id)?;
    let frame = of
        .frame(request, "Delete access key")
        .help(
            "A deleted key never comes back. Deactivate it first and wait, and a mistake can be taken back.",
        )
        .twin(
            format!("aws iam delete-access-key{} --access-key-id {id}", of.option()),
            "POST / Action=DeleteAccessKey",
        );
    let what = if key.is_active {
        format!(
            "{id} is active, and is deleted for good. Deactivating it first can be taken back; this cannot."
        )
    } else {
        format!("{id} is deleted for good.")
    };
    let last_four: String = id.chars().skip(id.len().saturating_sub(4)).collect();
    let question = Confirm::new(frame, what, "Delete access key", of.base.clone())
        .typed(last_four, "the last four characters of the key's id");
    key.evidence(request.now()).into_iter().fold(question, Confirm::evidence).or_do(request, || {
        request.query("DeleteAccessKey", &of.given(&[("AccessKeyId", id)]))?;
        go(&of.base, "key-deleted")
    })
}
