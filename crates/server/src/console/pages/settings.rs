//! Account settings: the alias, the password policy, and what is advised for the account as a whole.

use askama::Template;
use serde_json::{Value, json};

use crate::console::answer::{Page, Refusal, go, show_with};
use crate::console::frame::Frame;
use crate::console::look::Look;
use crate::console::visit::Request;

/// Something that is advised, whether it is so, and where it is put right.
struct Advice {
    is_so: bool,
    sentence: &'static str,
    address: &'static str,
    button: &'static str,
}

#[derive(Template)]
#[template(path = "settings/show.html")]
struct Settings {
    frame: Frame,
    alias: String,
    sign_in: String,
    policy: Result<Value, Refusal>,
    advice: Vec<Advice>,
    summary: Vec<(String, i64, i64)>,
}

/// What is counted, its quota, and the words for it.
const COUNTED: [(&str, &str, &str); 4] = [
    ("Users", "UsersQuota", "Users"),
    ("Groups", "GroupsQuota", "Groups"),
    ("Roles", "RolesQuota", "Roles"),
    ("Policies", "PoliciesQuota", "Policies"),
];

pub(super) fn answer(request: &Request, rest: &[&str]) -> Page {
    let done = match rest {
        [] => return page(request, None),
        ["alias"] if request.is_post => save_alias(request),
        ["password-policy"] if request.is_post => save_policy(request),
        ["preset"] if request.is_post => request.rest(
            "PUT",
            "/api/v1/password-policy/preset",
            json!({ "preset": request.form.get("preset") }),
        ),
        _ => return Err(Refusal::nowhere()),
    };
    match done {
        Ok(_) => go("/console/settings", "saved"),
        Err(refusal) => page(request, Some(refusal)),
    }
}

fn page(request: &Request, wrong: Option<Refusal>) -> Page {
    let status = wrong.as_ref().map_or(200, |wrong| wrong.status);
    let alias = request.query("ListAccountAliases", &[]);
    let alias =
        alias.map(|answer| answer.texts("AccountAliases").pop().unwrap_or_default()).unwrap_or_default();
    let policy = request.get("/api/v1/password-policy");
    let summary = request.query("GetAccountSummary", &[]).unwrap_or_default();
    let count = |name: &str| {
        let entries = summary.list("SummaryMap").iter();
        let mut found = entries.filter(|entry| entry.text("key") == name);
        found.next().map_or(0, |entry| entry.number("value"))
    };
    let has_summary = !summary.list("SummaryMap").is_empty();
    let preset = policy.as_ref().map(|policy| policy.text("preset")).unwrap_or_default();
    let advice = vec![
        Advice {
            is_so: count("AccountAccessKeysPresent") == 0,
            sentence: "The root user has no access keys.",
            address: "/console/find?q=root",
            button: "How to remove them",
        },
        Advice {
            is_so: count("AccountMFAEnabled") == 1,
            sentence: "The root user signs in with an MFA device.",
            address: "/console/security-credentials",
            button: "Sign in as root and add one",
        },
        Advice {
            is_so: preset == "NIST",
            sentence: "Passwords are asked to be long and never found in a breach, and not to be changed for nothing.",
            address: "#password-policy",
            button: "Use the NIST preset",
        },
    ];
    let advice = if has_summary { advice } else { Vec::new() };
    let quotas = COUNTED.map(|(name, quota, words)| (words.to_owned(), count(name), count(quota)));
    let account = request.visitor()?.principal.account.to_string();
    let place = if alias.is_empty() { &account } else { &alias };
    let sign_in = format!("{}/console/signin/{place}", request.gate.page_origin());
    let frame = Frame::of(request, "Account settings")
        .wrong(wrong)
        .help("What holds for everybody in this account. Connected clouds are under Your clouds.")
        .twin("aws iam get-account-summary", "GET /api/v1/password-policy");
    let summary = if has_summary { quotas.to_vec() } else { Vec::new() };
    show_with(status, &Settings { frame, alias, sign_in, policy, advice, summary })
}

fn save_alias(request: &Request) -> Result<Value, Refusal> {
    let wanted = request.form.get("alias");
    if !wanted.is_empty() {
        return request.query("CreateAccountAlias", &[("AccountAlias", wanted)]);
    }
    let held = request.query("ListAccountAliases", &[])?.texts("AccountAliases").pop();
    match held {
        Some(held) => request.query("DeleteAccountAlias", &[("AccountAlias", &held)]),
        None => Ok(Value::Null),
    }
}

fn save_policy(request: &Request) -> Result<Value, Refusal> {
    let form = &request.form;
    let truth = |name: &str| if form.has(name) { "true" } else { "false" };
    let mut given = vec![
        ("MinimumPasswordLength", form.find("minimum_length").unwrap_or("8")),
        ("RequireSymbols", truth("require_symbols")),
        ("RequireNumbers", truth("require_numbers")),
        ("RequireUppercaseCharacters", truth("require_uppercase")),
        ("RequireLowercaseCharacters", truth("require_lowercase")),
        ("AllowUsersToChangePassword", truth("allow_users_to_change")),
        ("HardExpiry", truth("hard_expiry")),
    ];
    for (name, field) in [("MaxPasswordAge", "max_age_days"), ("PasswordReusePrevention", "reuse_prevention")]
    {
        given.extend(form.find(field).filter(|value| *value != "0").map(|value| (name, value)));
    }
    request.query("UpdateAccountPasswordPolicy", &given)
}
