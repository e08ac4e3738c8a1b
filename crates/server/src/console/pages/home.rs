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
    /// The keys used most today.
    busiest: Vec<Bar>,
    /// The same in words.
    busiest_told: String,
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
    needs.extend(endings(&mut asked));
    needs.extend(credentials(&mut asked));
    // What does harm now comes before what only waits.
    needs.sort_by_key(|need| need.lamp != "bad");
    let busiest = asked.get("/api/v1/busiest-keys", json!({}), "the use of keys");
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
    let (busiest, busiest_told) = busy(busiest.list("keys"));
    show(&Home {
        frame,
        unseen,
        needs,
        rotations: timeline,
        upcoming,
        bars,
        told,
        oldest,
        busiest,
        busiest_told,
    })
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

/// Certificates and passwords that end soon, or did lately.
fn endings(asked: &mut Asked<'_>) -> Vec<Need> {
    let listed = asked.get("/api/v1/endings", json!({}), "what expires");
    let now = asked.request.now();
    let need = |ending: &Value| {
        let at = ending.time("ends_at")?;
        let user = ending.find("user_name");
        let credentials = |user: Option<&String>| {
            user.map_or("/console/security-credentials".to_owned(), |name| {
                format!("/console/users/{}", segment(name))
            })
        };
        let of = user.as_deref().unwrap_or("the root user");
        let (what, address, button) = match ending.text("kind").as_str() {
            "password" => (
                format!("The password of {of}"),
                format!("{}/password", credentials(user.as_ref())),
                "Reset password",
            ),
            "signing_certificate" => {
                (format!("A signing certificate of {of}"), credentials(user.as_ref()), "Replace it")
            }
            _ => (
                format!("The server certificate {}", ending.text("name")),
                "/console/settings".to_owned(),
                "What to do",
            ),
        };
        let (verb, is_over) = if at <= now { ("ended", true) } else { ("ends", false) };
        Some(Need {
            lamp: if is_over { "bad" } else { "wait" },
            what: format!("{what} {verb} {}", time::relative_text(at, now)),
            more: match ending.text("kind").as_str() {
                "password" => "Whoever signs in with it has to set another.",
                "signing_certificate" => "What signs with it stops then: upload its successor before.",
                _ => {
                    "Upload its successor with `aws iam upload-server-certificate`, and have it used, before."
                }
            }
            .to_owned(),
            address,
            button,
        })
    };
    listed.list("endings").iter().filter_map(need).take(SHOWN_OF_A_KIND).collect()
}

/// How many lines of one kind are shown.
const SHOWN_OF_A_KIND: usize = 6;

/// Stored credentials that have expired, or that nobody reads.
fn credentials(asked: &mut Asked<'_>) -> Vec<Need> {
    let listed = asked.get("/api/v1/stored-credentials", json!({}), "stored credentials");
    let stored = listed.list("stored_credentials");
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
    let unread: Vec<String> = stored
        .iter()
        .filter(|credential| credential.number("reads") == 0)
        .map(|credential| credential.text("name"))
        .collect();
    if !unread.is_empty() {
        let names = unread.iter().take(SHOWN_OF_A_KIND).cloned().collect::<Vec<_>>().join(", ");
        let further = if unread.len() > SHOWN_OF_A_KIND { " and others" } else { "" };
        let unread = unread.len();
        needs.push(Need {
            lamp: "wait",
            what: format!(
                "{unread} stored {} never read",
                if unread == 1 { "credential was" } else { "credentials were" }
            ),
            more: format!(
                "{names}{further}: what nobody reads nobody needs, or somebody has not set up yet."
            ),
            address: "/console/credentials".to_owned(),
            button: "See them",
        });
    }
    needs
}

/// The chart of use.
fn busy(keys: &[Value]) -> (Vec<Bar>, String) {
    let most = keys.iter().map(|key| key.number("uses")).max().unwrap_or_default().max(1);
    let name = |key: &Value| {
        let id = key.text("access_key_id");
        let last_four = id.get(id.len().saturating_sub(4)..).unwrap_or_default().to_owned();
        key.find("user_name").map_or(format!("Root user …{last_four}"), |name| {
            let short: String = name.chars().take(NAME_CHARS).collect();
            let cut = if short.len() < name.len() { "…" } else { "" };
            format!("{short}{cut} …{last_four}")
        })
    };
    let bar = |key: &Value| Bar {
        length: (key.number("uses") * BUSY_LENGTH / most).max(4),
        words: format!("{} · {}", key.number("uses"), name(key)),
        is_bad: false,
    };
    let told = keys.iter().map(|key| format!("{} {} times", name(key), key.number("uses")));
    (keys.iter().map(bar).collect(), format!("Use today: {}", told.collect::<Vec<_>>().join(", ")))
}

/// How much of a name stands beside a bar, and how long the longest bar is beside it.
const NAME_CHARS: usize = 18;
const BUSY_LENGTH: i64 = 330;

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
