//! Home: what needs the reader, in order, each with its one button; what is under way; and how old the keys are.
//!
//! Each thing is asked by itself, and whoever may not see one sees the others.

use askama::Template;
use serde_json::{Value, json};

use super::rotations::words;
use crate::console::answer::{Page, show};
use crate::console::door::segment;
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::time;
use crate::console::visit::Request;

/// What was asked for, and the names of what may not be seen.
struct Asked<'r> {
    request: &'r Request,
    unseen: Vec<&'static str>,
}

impl Asked<'_> {
    /// What an operation answers; nothing, and its name is kept, where it may not be asked.
    fn get(&mut self, path: &str, input: Value, name: &'static str) -> Value {
        self.request.rest("GET", path, input).unwrap_or_else(|_| {
            self.unseen.push(name);
            Value::Null
        })
    }
}

/// Something that needs the reader.
struct Need {
    /// `bad` or `wait`.
    lamp: &'static str,
    what: String,
    more: String,
    address: String,
    button: &'static str,
}

/// A bar of the chart: how long of a hundred, and its words.
struct Bar {
    length: i64,
    words: String,
    is_bad: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    /// What may not be seen.
    unseen: String,
    needs: Vec<Need>,
    rotations: Vec<Value>,
    upcoming: Vec<Value>,
    bars: Vec<Bar>,
    /// The same in words, for whoever does not see the chart.
    told: String,
    oldest: Vec<Value>,
}

impl Home {
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn words<'v>(&self, state: &'v str) -> (&'v str, &'static str) {
        words(state)
    }
}

pub(super) fn answer(request: &Request) -> Page {
    let mut asked = Asked { request, unseen: Vec::new() };
    let ages = asked.get("/api/v1/key-ages", json!({}), "the ages of keys");
    let rotations = asked.get("/api/v1/rotations", json!({}), "rotations").list("rotations").to_vec();
    let due = asked.get("/api/v1/due-rotations", json!({}), "what is due");
    let mut needs = waiting(&mut asked);
    needs.extend(leaks(&mut asked));
    needs.extend(clouds(&mut asked));
    needs.extend(root(request, &ages));
    needs.extend(old_keys(&ages));
    needs.extend(credentials(&mut asked));
    let is_running = |rotation: &&Value| rotation.find("finished_at").is_none();
    let has_next =
        |line: &&Value| line.find("next_rotation_at").is_some() && line.find("rotation_id").is_none();
    let upcoming: Vec<Value> = due.list("credentials").iter().filter(has_next).take(5).cloned().collect();
    let mut timeline: Vec<Value> = rotations.iter().filter(is_running).take(6).cloned().collect();
    let ended = rotations.iter().filter(|rotation| !is_running(rotation));
    timeline.extend(ended.take(8_usize.saturating_sub(timeline.len())).cloned());
    let title = match needs.len() {
        0 if asked.unseen.is_empty() => "Nothing needs you".to_owned(),
        0 => "Nothing that you may see needs you".to_owned(),
        1 => "One thing needs you".to_owned(),
        count => format!("{count} things need you"),
    };
    let frame = Frame::of(request, title)
        .help("What needs somebody stands first, most urgent first. Everything else goes on by itself.")
        .twin("keystead rotate next", "GET /api/v1/due-rotations");
    let (bars, told) = bars(&ages);
    let oldest = ages.list("oldest").to_vec();
    let unseen = asked.unseen.join(", ");
    show(&Home { frame, unseen, needs, rotations: timeline, upcoming, bars, told, oldest })
}

/// Rotations that wait for an answer, and why.
fn waiting(asked: &mut Asked<'_>) -> Vec<Need> {
    let blocked = asked.get("/api/v1/due-rotations", json!({ "only": "blocked" }), "rotations that wait");
    let need = |line: &Value| {
        let id = line.text("rotation_id");
        let more = asked.request.get(&format!("/api/v1/rotations/{id}")).unwrap_or_default();
        Need {
            lamp: "wait",
            what: format!("The rotation of {} is waiting for your answer", line.text("credential")),
            more: more.text("sentence"),
            address: format!("/console/rotations/{id}"),
            button: "Answer",
        }
    };
    blocked.list("credentials").iter().take(10).map(need).collect()
}

/// Reported keys that nobody answered for.
fn leaks(asked: &mut Asked<'_>) -> Vec<Need> {
    let reports = asked.get("/api/v1/leak-reports", json!({}), "leaks");
    let open = reports.list("leak_reports").iter().filter(|report| report.text("state") == "open");
    let need = |report: &Value| Need {
        lamp: "bad",
        what: format!("The key {} was reported as leaked", report.text("access_key_id")),
        more: format!("By {}, {}.", report.text("reporter"), report.text("url")),
        address: format!("/console/leaks/{}", report.text("report_id")),
        button: "Look at it",
    };
    open.take(10).map(need).collect()
}

/// Clouds that refuse their credentials.
fn clouds(asked: &mut Asked<'_>) -> Vec<Need> {
    let listed = asked.get("/api/v1/cloud-accounts", json!({}), "clouds");
    let request = asked.request;
    let needs = listed.list("cloud_accounts").iter().take(50).filter_map(|cloud| {
        let name = cloud.text("name");
        let status = request.get(&format!("/api/v1/cloud-accounts/{name}/status")).ok()?;
        let failing = status.at("failing");
        let since = time::relative_text(failing.time("since")?, request.now());
        Some(Need {
            lamp: "bad",
            what: format!("The cloud {name} refuses its credentials"),
            more: format!("It began {since}: {}.", failing.text("reason").trim_end_matches('.')),
            address: format!("/console/clouds/{}/credentials", segment(&name)),
            button: "Change credentials",
        })
    });
    needs.collect()
}

/// Whether the root user is locked away.
fn root(request: &Request, ages: &Value) -> Vec<Need> {
    let mut needs = Vec::new();
    if ages.number("of_root") > 0 {
        needs.push(Need {
            lamp: "bad",
            what: "The root user has access keys".to_owned(),
            more: "They may do everything, and no policy limits them.".to_owned(),
            address: "/console/settings".to_owned(),
            button: "What to do",
        });
    }
    let summary = request.query("GetAccountSummary", &[]).unwrap_or_default();
    let mut entries = summary.list("SummaryMap").iter();
    let has_mfa = entries.find(|entry| entry.text("key") == "AccountMFAEnabled");
    if has_mfa.is_some_and(|entry| entry.number("value") == 0) {
        needs.push(Need {
            lamp: "wait",
            what: "The root user signs in without an MFA device".to_owned(),
            more: "Whoever learns its password owns the account.".to_owned(),
            address: "/console/settings".to_owned(),
            button: "What to do",
        });
    }
    needs
}

/// Of so many old keys GetKeyAges finds out whether they are used.
const OLD_LOOKED_AT: i64 = 10_000;

/// Keys over age.
fn old_keys(ages: &Value) -> Vec<Need> {
    let (older, unused) = (ages.number("older"), ages.number("older_unused"));
    if older == 0 {
        return Vec::new();
    }
    let keys = if older == 1 { "One key is".to_owned() } else { format!("{older} keys are") };
    let more = match unused {
        0 => "They are in use: rotate them.".to_owned(),
        unused if older > OLD_LOOKED_AT => {
            format!("{unused} of the oldest {OLD_LOOKED_AT} were not used for 45 days, and can probably go.")
        }
        unused => format!("{unused} of them were not used for 45 days, and can probably go."),
    };
    let what = format!("{keys} older than 90 days");
    vec![Need { lamp: "wait", what, more, address: "#oldest".to_owned(), button: "See the oldest" }]
}

/// Stored credentials that have expired, or that nobody reads.
fn credentials(asked: &mut Asked<'_>) -> Vec<Need> {
    let listed = asked.get("/api/v1/stored-credentials", json!({}), "stored credentials");
    let own = |credential: &&Value| credential.text("kind") != "generated";
    let stored: Vec<&Value> = listed.list("credentials").iter().filter(own).collect();
    let mut needs: Vec<Need> = stored
        .iter()
        .filter(|credential| credential.is("expired"))
        .map(|credential| Need {
            lamp: "bad",
            what: format!("The credential {} has expired", credential.text("name")),
            more: "Whoever asks for it is given nothing.".to_owned(),
            address: format!("/console/credentials/{}", segment(&credential.text("name"))),
            button: "Renew it",
        })
        .collect();
    let unread = stored.iter().filter(|credential| credential.number("reads") == 0).count();
    if unread > 0 {
        needs.push(Need {
            lamp: "wait",
            what: format!(
                "{unread} stored {} never read",
                if unread == 1 { "credential was" } else { "credentials were" }
            ),
            more: "What nobody reads nobody needs, or nobody has set up yet.".to_owned(),
            address: "/console/credentials".to_owned(),
            button: "See them",
        });
    }
    needs
}

/// The chart of ages.
fn bars(ages: &Value) -> (Vec<Bar>, String) {
    const SPANS: [(&str, &str); 4] = [
        ("under_30_days", "under 30 days"),
        ("under_60_days", "under 60"),
        ("under_90_days", "under 90"),
        ("older", "older"),
    ];
    let counts = SPANS.map(|(member, words)| (ages.number(member), words));
    let most = counts.iter().map(|(count, _)| *count).max().unwrap_or_default().max(1);
    let bars = counts.map(|(count, words)| Bar {
        length: (count * 200 / most).max(i64::from(count > 0) * 4),
        words: format!("{count} · {words}"),
        is_bad: words == "older",
    });
    let told = counts.map(|(count, words)| format!("{count} {words}")).join(", ");
    let all_zero = counts.iter().all(|(count, _)| *count == 0);
    (if all_zero { Vec::new() } else { Vec::from(bars) }, format!("Keys by age: {told}"))
}
