//! The policy language a second time, from AWS's pages, as plainly as it can be said.
//!
//! It shares no code with the crate: it walks the JSON of the documents, compares characters one after
//! the other, and is as slow as that is. Where the two differ, one of them has the pages wrong.

use std::collections::BTreeMap;

use serde_json::Value;

/// The documents that apply.
#[derive(Clone, Debug)]
pub(crate) struct Documents {
    pub identity: Vec<Value>,
    pub boundary: Option<Value>,
    pub session: Option<Vec<Value>>,
    pub resource: Option<Value>,
    /// Whether the resource is a role and its document the trust policy.
    pub is_trust: bool,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub who: Who,
    pub action: String,
    pub resource: String,
    /// The account of the resource, where the ARN does not say.
    pub owner: Option<String>,
    pub context: Vec<(String, Vec<String>)>,
}

/// Who asks: the ARN it acts under, and the one behind it where it is a session.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub arn: String,
    pub behind: Option<String>,
    pub service: bool,
}

/// `allowed`, or how and by what it was denied, and the statements behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub outcome: String,
    pub statements: Vec<(String, usize)>,
}

/// How often each kind of condition was decided: operator and whether the key was there.
pub(crate) type Coverage = BTreeMap<(String, bool), u32>;

/// Decides a request.
pub(crate) fn decide(documents: &Documents, asked: &Asked, seen: &mut Coverage) -> Verdict {
    let mut denials = vec![];
    let mut allows: BTreeMap<&str, Vec<(String, usize)>> = BTreeMap::new();
    let mut closeness = 0;
    let mut order = vec![];
    for (kind, name, document) in applicable(documents) {
        let variables = document["Version"] == "2012-10-17";
        for (index, statement) in list(&document["Statement"]).iter().enumerate() {
            let Some(close) = applies(statement, variables, asked, seen) else { continue };
            if statement["Effect"] == "Deny" {
                denials.push((kind, (name.clone(), index)));
            } else {
                allows.entry(kind).or_default().push((name.clone(), index));
                order.push((name.clone(), index));
                if matches!(kind, "resource-based policy" | "role trust policy") {
                    closeness = closeness.max(close);
                }
            }
        }
    }
    if let Some((kind, _)) = denials.first() {
        return Verdict {
            outcome: format!("explicit {kind}"),
            statements: denials.iter().map(|(_, statement)| statement.clone()).collect(),
        };
    }
    Verdict {
        outcome: combine(documents, asked, closeness, |kind| allows.contains_key(kind)),
        statements: order,
    }
}

/// The documents in the order in which they are named when they deny.
fn applicable(documents: &Documents) -> Vec<(&'static str, String, &Value)> {
    let mut all = vec![];
    for (n, document) in documents.identity.iter().enumerate() {
        all.push(("identity-based policy", format!("identity{n}"), document));
    }
    if let Some(document) = &documents.boundary {
        all.push(("permissions boundary", "boundary".to_owned(), document));
    }
    for (n, document) in documents.session.iter().flatten().enumerate() {
        all.push(("session policy", format!("session{n}"), document));
    }
    if let Some(document) = &documents.resource {
        let kind = if documents.is_trust { "role trust policy" } else { "resource-based policy" };
        all.push((kind, "resource".to_owned(), document));
    }
    all
}

/// The flow chart for one account, and the page on access between accounts.
fn combine(documents: &Documents, asked: &Asked, closeness: u8, allowed_by: impl Fn(&str) -> bool) -> String {
    let resource_kind = if documents.is_trust { "role trust policy" } else { "resource-based policy" };
    let resource_allows = closeness > 0;
    if asked.who.service {
        return if resource_allows { "allowed".to_owned() } else { format!("implicit {resource_kind}") };
    }
    let mine = account_of(&asked.who.arn);
    let theirs = match asked.resource.split(':').nth(4) {
        _ if asked.owner.is_some() => asked.owner.clone().unwrap_or_default(),
        Some(account) if !account.is_empty() => account.to_owned(),
        _ => mine.clone(),
    };
    let mut must_allow = vec![];
    if mine == theirs {
        // "Role trust policies must explicitly allow access for principals."
        if documents.is_trust && !resource_allows {
            return "implicit role trust policy".to_owned();
        }
        match closeness {
            // Granted directly to the user or session: no implicit deny matters.
            3 => {}
            // Granted to the role or user behind a session: boundary and session policies limit it.
            2 => must_allow = vec!["permissions boundary", "session policy"],
            _ => must_allow = vec!["identity-based policy", "permissions boundary", "session policy"],
        }
    } else {
        must_allow.extend([resource_kind, "identity-based policy", "permissions boundary", "session policy"]);
    }
    for kind in must_allow {
        let there = match kind {
            "permissions boundary" => documents.boundary.is_some(),
            "session policy" => documents.session.is_some(),
            _ => true,
        };
        if there && !allowed_by(kind) {
            return format!("implicit {kind}");
        }
    }
    "allowed".to_owned()
}

fn account_of(arn: &str) -> String {
    arn.split(':').nth(4).unwrap_or_default().to_owned()
}

/// Whether a statement applies, and how closely it names who asks (3 itself, 2 behind, 1 account).
fn applies(statement: &Value, variables: bool, request: &Asked, seen: &mut Coverage) -> Option<u8> {
    let (actions, not) = either(statement, "Action");
    let names_action = list(actions).iter().any(|pattern| action_matches(text(pattern), &request.action));
    if names_action == not {
        return None;
    }
    let close = closeness(statement, request);
    if close == 0 {
        return None;
    }
    let (resources, not) = either(statement, "Resource");
    if !resources.is_null() {
        let answers: Option<Vec<bool>> = list(resources)
            .iter()
            .map(|pattern| resource_matches(text(pattern), &request.resource, variables, request))
            .collect();
        if answers?.contains(&true) == not {
            return None;
        }
    }
    for (operator, block) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in block.as_object().into_iter().flatten() {
            if !condition(operator, key, &list(values), variables, request, seen)? {
                return None;
            }
        }
    }
    Some(close)
}

fn closeness(statement: &Value, request: &Asked) -> u8 {
    let (principal, not) = either(statement, "Principal");
    if principal.is_null() || (principal == "*" && !not) {
        return 3;
    }
    let names: Vec<(String, String)> = match principal.as_object() {
        None => vec![("AWS".to_owned(), "*".to_owned())],
        Some(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| {
                list(names).into_iter().map(move |name| (kind.clone(), text(&name).to_owned()))
            })
            .collect(),
    };
    let account = account_of(&request.who.arn);
    let named = |how: u8| {
        names.iter().any(|(kind, name)| match (kind.as_str(), how) {
            ("AWS", 3) => *name == request.who.arn && !request.who.service || name == "*",
            ("AWS", 2) => Some(name) == request.who.behind.as_ref(),
            ("AWS", 1) => {
                !account.is_empty() && (*name == account || *name == format!("arn:aws:iam::{account}:root"))
            }
            ("Service", 3) => request.who.service && *name == request.who.arn,
            _ => false,
        })
    };
    if !not {
        return [3, 2, 1].into_iter().find(|how| named(*how)).unwrap_or(0);
    }
    if names.iter().any(|(kind, name)| kind == "AWS" && name == "*") {
        return 0;
    }
    let mut ways = vec![3];
    if request.who.behind.is_some() {
        ways.push(2);
    }
    if !request.who.service {
        ways.push(1);
    }
    let excepted = if statement["Effect"] == "Deny" {
        ways.iter().all(|w| named(*w))
    } else {
        ways.iter().any(|w| named(*w))
    };
    if excepted { 0 } else { 3 }
}

fn action_matches(pattern: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let (service, name) = pattern.split_once(':').expect("actions have a colon");
    let (asked_service, asked_name) = action.split_once(':').expect("actions have a colon");
    (service == "*" || service == asked_service) && like(&wild(name), asked_name)
}

/// `None` where a variable has no value.
fn resource_matches(pattern: &str, resource: &str, variables: bool, request: &Asked) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let asked: Vec<&str> = resource.splitn(6, ':').collect();
    let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
    while parts.len() < 6 {
        parts.push("*");
    }
    let parts: Option<Vec<Vec<Token>>> =
        parts.iter().map(|part| fill(part, variables, true, request)).collect();
    let parts = parts?;
    Some(asked.len() == 6 && parts.iter().zip(asked).all(|(pattern, part)| like(pattern, part)))
}

/// A character of a pattern, or a wildcard.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Letter(char),
    Any,
    One,
}

fn wild(text: &str) -> Vec<Token> {
    text.chars()
        .map(|letter| match letter {
            '*' => Token::Any,
            '?' => Token::One,
            letter => Token::Letter(letter),
        })
        .collect()
}

fn letters(text: &str) -> Vec<Token> {
    text.chars().map(Token::Letter).collect()
}

fn like(pattern: &[Token], text: &str) -> bool {
    match (pattern.first(), text.chars().next()) {
        (None, letter) => letter.is_none(),
        (Some(Token::Any), None) => like(&pattern[1..], text),
        (Some(Token::Any), Some(letter)) => {
            like(&pattern[1..], text) || like(pattern, &text[letter.len_utf8()..])
        }
        (Some(Token::One), Some(letter)) => like(&pattern[1..], &text[letter.len_utf8()..]),
        (Some(Token::Letter(wanted)), Some(letter)) => {
            *wanted == letter && like(&pattern[1..], &text[letter.len_utf8()..])
        }
        (_, None) => false,
    }
}

/// Fills in the variables of a text.
fn fill(text: &str, variables: bool, wildcards: bool, request: &Asked) -> Option<Vec<Token>> {
    let plain = |text: &str| if wildcards { wild(text) } else { letters(text) };
    let Some(start) = text.find("${").filter(|_| variables) else { return Some(plain(text)) };
    let Some(end) = text[start..].find('}').map(|end| start + end) else { return Some(plain(text)) };
    let inside = &text[start + 2..end];
    let value = match inside {
        "*" | "?" | "$" => inside.to_owned(),
        _ => {
            let (key, default) = match inside.split_once(", '") {
                Some((key, default)) => (key, default.strip_suffix('\'')),
                None => (inside, None),
            };
            match values_of(key, request) {
                Some(values) if values.len() == 1 => values[0].clone(),
                Some(_) => return None,
                None => default?.to_owned(),
            }
        }
    };
    let mut filled = plain(&text[..start]);
    filled.extend(letters(&value));
    filled.extend(fill(&text[end + 1..], variables, wildcards, request)?);
    Some(filled)
}

fn values_of<'r>(key: &str, request: &'r Asked) -> Option<&'r Vec<String>> {
    let found = request.context.iter().find(|(name, _)| name.to_lowercase() == key.to_lowercase());
    found.map(|(_, values)| values).filter(|values| !values.is_empty())
}

/// Whether a condition holds; `None` where a variable has no value.
fn condition(
    operator: &str,
    key: &str,
    wanted: &[Value],
    variables: bool,
    request: &Asked,
    seen: &mut Coverage,
) -> Option<bool> {
    let asked = values_of(key, request);
    *seen.entry((operator.to_owned(), asked.is_some())).or_default() += 1;
    let wanted: Vec<String> =
        wanted.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    let (set, name) = operator.split_once(':').unwrap_or(("", operator));
    let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
    if name == "Null" {
        return Some(wanted.iter().any(|value| *value == asked.is_none().to_string()));
    }
    let negated = name.contains("Not");
    let name = name.replacen("Not", "", 1);
    let Some(asked) = asked else {
        return Some(match (if_exists, set) {
            (true, _) | (_, "ForAllValues") => true,
            (_, "ForAnyValue") => false,
            _ => negated,
        });
    };
    if !set.is_empty() && *asked == [""] {
        return Some(set == "ForAllValues");
    }
    let mut rows = vec![];
    for value in asked {
        let row: Option<Vec<bool>> =
            wanted.iter().map(|wanted| compare(&name, value, wanted, variables, request)).collect();
        rows.push(row?.contains(&true));
    }
    Some(match (set, negated) {
        ("ForAllValues", false) => rows.iter().all(|matched| *matched),
        ("ForAllValues" | "", true) => rows.iter().all(|matched| !matched),
        ("ForAnyValue", true) => rows.iter().any(|matched| !matched),
        _ => rows.iter().any(|matched| *matched),
    })
}

fn compare(name: &str, asked: &str, wanted: &str, variables: bool, request: &Asked) -> Option<bool> {
    if let Some(relation) = name.strip_prefix("Numeric") {
        return Some(related(relation, decimal(asked), decimal(wanted)));
    }
    if let Some(relation) = name.strip_prefix("Date") {
        return Some(related(relation, seconds(asked), seconds(wanted)));
    }
    Some(match name {
        "StringEquals" => fill(wanted, variables, false, request)? == letters(asked),
        "StringEqualsIgnoreCase" => {
            let filled: String = spell(&fill(wanted, variables, false, request)?);
            filled.to_lowercase() == asked.to_lowercase()
        }
        "StringLike" => like(&fill(wanted, variables, true, request)?, asked),
        "Bool" => {
            let filled = spell(&fill(wanted, variables, false, request)?).to_lowercase();
            filled == asked.to_lowercase() && (filled == "true" || filled == "false")
        }
        "BinaryEquals" => {
            wanted == "aGVsbG8=" && asked == "hello" || wanted == "d29ybGQ=" && asked == "world"
        }
        "IpAddress" | "Address" => in_range(asked, wanted),
        "ArnEquals" | "ArnLike" => {
            let asked = if asked.starts_with("arn:") { asked } else { "" };
            resource_matches(wanted, asked, variables, request)?
        }
        _ => panic!("{name}"),
    })
}

fn spell(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|token| match token {
            Token::Letter(letter) => *letter,
            _ => panic!("a wildcard where there is none"),
        })
        .collect()
}

fn related(relation: &str, asked: Option<i64>, wanted: Option<i64>) -> bool {
    let (Some(asked), Some(wanted)) = (asked, wanted) else { return false };
    match relation {
        "Equals" => asked == wanted,
        "LessThan" => asked < wanted,
        "LessThanEquals" => asked <= wanted,
        "GreaterThan" => asked > wanted,
        "GreaterThanEquals" => asked >= wanted,
        _ => panic!("{relation}"),
    }
}

/// Thousandths, finer than any number or date that is generated.
fn decimal(text: &str) -> Option<i64> {
    if text.is_empty()
        || text.contains(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '-')
    {
        return None;
    }
    text.parse::<f64>().ok().map(|number| (number * 1000.0).round() as i64)
}

/// Thousandths of a second since 1970 of `YYYY-MM-DDThh:mm:ssZ` or of a number, day by day.
fn seconds(text: &str) -> Option<i64> {
    if !text.contains('T') {
        return if text.contains('-') { None } else { decimal(text) };
    }
    let fields = text.trim_end_matches('Z').split(['-', 'T', ':']).map(|field| field.parse().ok());
    let fields: Vec<i64> = fields.collect::<Option<_>>()?;
    let [year, month, day, hour, minute, second] = fields[..] else { return None };
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let months = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut days = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum::<i64>();
    days += months[..month as usize - 1].iter().sum::<i64>() + day - 1;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second) * 1000)
}

fn in_range(address: &str, range: &str) -> bool {
    let (first, prefix) = range.split_once('/').unwrap_or((range, "128"));
    let (Some(bits), Some(first)) = (bits(address), bits(first)) else { return false };
    let prefix: usize = prefix.parse().expect("generated ranges are ranges");
    let prefix = prefix.min(first.len());
    bits.len() == first.len() && bits[..prefix] == first[..prefix]
}

fn bits(address: &str) -> Option<String> {
    if address.contains('.') {
        let bytes: Option<Vec<u8>> = address.split('.').map(|byte| byte.parse().ok()).collect();
        return Some(bytes?.iter().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().concat());
    }
    let (head, tail) = address.split_once("::")?;
    let groups = |text: &str| -> Vec<String> {
        let groups = text.split(':').filter(|group| !group.is_empty());
        groups
            .map(|group| format!("{:016b}", u16::from_str_radix(group, 16).expect("generated groups")))
            .collect()
    };
    let (head, tail) = (groups(head), groups(tail));
    let zeros = "0".repeat(128 - 16 * (head.len() + tail.len()));
    Some(head.concat() + &zeros + &tail.concat())
}

/// An element or its negated twin, and whether it is the twin.
fn either<'v>(statement: &'v Value, name: &str) -> (&'v Value, bool) {
    let negated = &statement[format!("Not{name}").as_str()];
    if negated.is_null() { (&statement[name], false) } else { (negated, true) }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn text(value: &Value) -> &str {
    value.as_str().expect("generated values are texts")
}
