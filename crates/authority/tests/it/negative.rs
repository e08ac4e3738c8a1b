//! Every constraint of every input, broken once: a table made from the service models, so that an operation
//! is in it from the moment its file is there.
//!
//! Each case is the right request of an operation with one parameter bent. What AWS answers is reckoned here
//! from the model alone, with a regular expression engine that the product does not have.

use std::collections::HashMap;
use std::sync::LazyLock;

use fancy_regex::Regex;
use keystead_aws::model::{IAM, STS, Service};
use keystead_aws::query::{BODY_BYTES_MAX, PARAMS_MAX};
use keystead_store::testing::TestStore;
use serde_json::Value;

use crate::requests::{Request, Subject};
use crate::world::{World, handlers};
use crate::{dump, models};

type Params = Vec<(String, String)>;

/// What a case expects: the code and the message.
type Refusal = (&'static str, String);

/// A part of an input: where it is on the wire, what messages call it, and its shape.
#[derive(Clone)]
struct Part {
    name: String,
    path: String,
    shape: &'static str,
    required: bool,
    /// For an element of a list of text, the path and shape of the list: messages name the whole list.
    list: Option<(String, &'static str)>,
}

/// Members whose pattern AWS refuses in words of its own, which are in the recorded replies.
const PATTERN_CHECKED_LATER: [(&str, &str); 1] = [("CreateVirtualMFADevice", "Path")];

/// The input of one operation.
struct Input {
    operation: &'static str,
    model: &'static Value,
    quotes_values: bool,
    /// The right request, with every member that can be nested.
    base: Params,
    parts: Vec<Part>,
}

/// One bent request.
struct Case {
    what: String,
    params: Params,
    refusal: Refusal,
}

fn shape(model: &'static Value, name: &str) -> &'static Value {
    &model["shapes"][name]
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().expect("a text of the model")
}

/// The parts of a structure, and all parts of those.
fn parts(model: &'static Value, structure: &str, name: &str, path: &str) -> Vec<Part> {
    let structure = shape(model, structure);
    let members = structure["members"].as_object().into_iter().flatten();
    members
        .flat_map(|(member, reference)| {
            let camel = member[..1].to_lowercase() + &member[1..];
            let required =
                structure["required"].as_array().is_some_and(|names| names.iter().any(|n| n == member));
            let part = Part {
                name: format!("{name}{member}"),
                path: format!("{path}{camel}"),
                shape: text(&reference["shape"]),
                required,
                list: None,
            };
            [vec![part.clone()], inner_parts(model, &part)].concat()
        })
        .collect()
}

fn inner_parts(model: &'static Value, part: &Part) -> Vec<Part> {
    let shape_of = shape(model, part.shape);
    match text(&shape_of["type"]) {
        "structure" => parts(model, part.shape, &format!("{}.", part.name), &format!("{}.", part.path)),
        "list" => {
            let element = text(&shape_of["member"]["shape"]);
            let (name, path) = (format!("{}.member.1", part.name), format!("{}.1.member", part.path));
            if shape(model, element)["type"] == "structure" {
                return parts(model, element, &format!("{name}."), &format!("{path}."));
            }
            let list = Some((part.path.clone(), part.shape));
            vec![Part { name, path, shape: element, required: false, list }]
        }
        // A map has no parts here: the one operation that takes one answers without looking into it.
        _ => Vec::new(),
    }
}

/// A right value of a shape, as parameters below `name`.
fn sample(model: &'static Value, name: &str, shape_name: &str) -> Params {
    let shape_of = shape(model, shape_name);
    match text(&shape_of["type"]) {
        "structure" => shape_of["members"]
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(member, reference)| {
                sample(model, &format!("{name}.{member}"), text(&reference["shape"]))
            })
            .collect(),
        "list" => sample(model, &format!("{name}.member.1"), text(&shape_of["member"]["shape"])),
        "string" => vec![(name.to_owned(), right_text(shape_of))],
        "map" => Vec::new(),
        "integer" => vec![(name.to_owned(), shape_of["min"].as_i64().unwrap_or(1).to_string())],
        _ => vec![(name.to_owned(), "true".to_owned())],
    }
}

fn right_text(shape: &Value) -> String {
    if let Some(first) = shape["enum"].get(0).and_then(Value::as_str) {
        return first.to_owned();
    }
    let (least, most) = (shape["min"].as_u64().unwrap_or(1), shape["max"].as_u64().unwrap_or(64));
    let mut tried = (least..=most.min(least + 64)).map(|length| filled(shape, length as usize));
    tried
        .find(|value| broken(shape, Some(value)).is_empty())
        .unwrap_or_else(|| panic!("no value for {shape}"))
}

/// A text of so many characters that breaks nothing but, maybe, the length.
fn filled(shape: &Value, length: usize) -> String {
    let filled = |(start, end): (&str, &str)| {
        let rest = length.checked_sub(start.len() + end.len())?;
        Some(format!("{start}{}{end}", "1".repeat(rest)))
    };
    let edges = [
        ("", ""),
        ("/", ""),
        ("/", "/"),
        ("a", ""),
        ("v", ""),
        ("p-", ""),
        ("http://", ""),
        ("o-1111111111/r-", ""),
    ];
    let candidates: Vec<String> = edges.into_iter().filter_map(filled).collect();
    let fits = candidates.iter().find(|value| matches(shape, value));
    fits.unwrap_or(&candidates[0]).clone()
}

/// The patterns of the models.
static PATTERNS: LazyLock<HashMap<&str, Regex>> = LazyLock::new(|| {
    let shapes = models::all().iter().flat_map(|model| model["shapes"].as_object().unwrap().values());
    let compiled = |pattern: &'static str| {
        // Java's classes are of ASCII, those of this engine of Unicode.
        let ascii = pattern.replace("\\w", "[0-9A-Za-z_]").replace("\\d", "[0-9]");
        (pattern, Regex::new(&format!(r"\A(?:{ascii})\z")).expect("a pattern of the model"))
    };
    shapes.filter_map(|shape| shape["pattern"].as_str()).map(compiled).collect()
});

fn matches(shape: &Value, value: &str) -> bool {
    let pattern = shape["pattern"].as_str().map(|pattern| &PATTERNS[pattern]);
    pattern.is_none_or(|pattern| pattern.is_match(value).expect("the pattern can be tried"))
}

/// The constraints of a text or number that a value breaks; `None` breaks all there are.
fn broken(shape: &Value, value: Option<&str>) -> Vec<String> {
    let is_number = shape["type"] == "integer";
    let size =
        value.map(|value| if is_number { value.parse().unwrap() } else { value.chars().count() as i64 });
    let noun = if is_number { "value" } else { "length" };
    let mut broken = Vec::new();
    if let Some(max) = shape["max"].as_i64().filter(|max| size.is_none_or(|size| size > *max)) {
        broken.push(format!("Member must have {noun} less than or equal to {max}"));
    }
    if let Some(min) = shape["min"].as_i64().filter(|min| size.is_none_or(|size| size < *min)) {
        broken.push(format!("Member must have {noun} greater than or equal to {min}"));
    }
    if let Some(pattern) = shape["pattern"].as_str()
        && value.is_none_or(|value| !matches(shape, value))
    {
        broken.push(format!("Member must satisfy regular expression pattern: {pattern}"));
    }
    if let Some(values) = shape["enum"].as_array()
        && value.is_none_or(|value| !values.iter().any(|known| known == value))
    {
        broken.push("Member must satisfy enum value set".to_owned());
    }
    broken
}

/// The text of a reply about one part.
fn validation_error(path: &str, shown: &str, constraints: &[String]) -> Refusal {
    let count = constraints.len();
    let plural = if count == 1 { "" } else { "s" };
    let one = |constraint| format!("Value{shown} at '{path}' failed to satisfy constraint: {constraint}");
    let all: Vec<String> = constraints.iter().map(one).collect();
    ("ValidationError", format!("{count} validation error{plural} detected: {}", all.join("; ")))
}

/// The parameters without one, and without what is below it.
fn without(params: &Params, name: &str) -> Params {
    let below = format!("{name}.");
    params.iter().filter(|(other, _)| other != name && !other.starts_with(&below)).cloned().collect()
}

impl Input {
    fn new(operation: &'static str, service: &Service, params: Params) -> Option<Self> {
        let model = models::of(operation);
        let structure = text(model["operations"][operation]["input"].get("shape")?);
        let (parts, mut base) = (parts(model, structure, "", ""), params);
        for part in parts.iter().filter(|part| !part.name.contains('.')) {
            let nested = matches!(text(&shape(model, part.shape)["type"]), "list" | "structure");
            let below = format!("{}.", part.name);
            if nested && !base.iter().any(|(name, _)| name.starts_with(&below)) {
                base.extend(sample(model, &part.name, part.shape));
            }
        }
        Some(Self { operation, model, quotes_values: service.quotes_values, base, parts })
    }

    fn cases(&self) -> Vec<Case> {
        self.parts.iter().flat_map(|part| self.cases_of(part)).collect()
    }

    fn cases_of(&self, part: &Part) -> Vec<Case> {
        let shape = shape(self.model, part.shape);
        let mut cases = match text(&shape["type"]) {
            "string" => self.texts(part, shape),
            "integer" => self.numbers(part, shape),
            "boolean" => self.flags(part),
            "list" => self.lists(part, shape),
            _ => Vec::new(),
        };
        if part.required {
            let shown = if self.quotes_values { " null" } else { "" };
            let refusal = validation_error(&part.path, shown, &["Member must not be null".to_owned()]);
            cases.push(Case { what: "missing".to_owned(), params: without(&self.base, &part.name), refusal });
        }
        if let Some(given) = self.base.iter().find(|(name, _)| *name == part.name) {
            let refusal =
                ("MalformedQueryString", "Query string contains a parameter more than once".to_owned());
            let params = [&self.base[..], std::slice::from_ref(given)].concat();
            cases.push(Case { what: "twice".to_owned(), params, refusal });
        }
        for case in &mut cases {
            case.what = format!("{} {}", part.name, case.what);
        }
        cases
    }

    /// The request with another value.
    fn bent(&self, part: &Part, value: &str) -> Params {
        [without(&self.base, &part.name), vec![(part.name.clone(), value.to_owned())]].concat()
    }

    fn texts(&self, part: &Part, shape: &Value) -> Vec<Case> {
        let (min, max) = (shape["min"].as_u64().unwrap_or_default(), shape["max"].as_u64());
        let mut values = Vec::new();
        values.extend(max.map(|max| ("too long", filled(shape, max as usize + 1))));
        values.extend((min > 0).then(|| ("too short", filled(shape, min as usize - 1))));
        if shape["pattern"].is_string() {
            let length = right_text(shape).chars().count().max(1);
            let strange = ["!", "\u{1}", "\u{100}", "\u{e000}", "{"].map(|c| c.repeat(length));
            let strange = strange.into_iter().find(|value| !matches(shape, value));
            values.push(("bad pattern", strange.expect("a character that the pattern does not have")));
        }
        values.extend(shape["enum"].is_array().then(|| ("bad enum", "none of them".to_owned())));
        if PATTERN_CHECKED_LATER.contains(&(self.operation, &*part.name)) {
            values.retain(|(what, _)| *what == "too long");
        }
        let case = |(what, value): (&str, String)| {
            let params = self.bent(part, &value);
            Case { what: what.to_owned(), params, refusal: self.refusal(part, shape, &value) }
        };
        values.into_iter().map(case).collect()
    }

    /// What AWS says to a text or number that breaks something.
    fn refusal(&self, part: &Part, shape: &Value, value: &str) -> Refusal {
        if let Some((path, list)) = &part.list {
            let mut all = broken(shape, None);
            // The only list of text of which it was recorded that its elements must not be null.
            all.extend((*list == "tagKeyListType").then(|| "Member must not be null".to_owned()));
            let constraint = format!("Member must satisfy constraint: [{}]", all.join(", "));
            let shown = if self.quotes_values { " '[1 members]'" } else { "" };
            return validation_error(path, shown, &[constraint]);
        }
        let shown = match (self.quotes_values, shape["sensitive"] == true) {
            (false, _) => String::new(),
            // XML has no way to write a control character.
            (true, false) => format!(" '{}'", value.replace('\u{1}', "\u{fffd}")),
            (true, true) => " '***'".to_owned(),
        };
        validation_error(&part.path, &shown, &broken(shape, Some(value)))
    }

    fn numbers(&self, part: &Part, shape: &Value) -> Vec<Case> {
        let beyond = [shape["max"].as_i64().map(|max| max + 1), shape["min"].as_i64().map(|min| min - 1)];
        let beyond = beyond.into_iter().flatten().map(|number| number.to_string()).map(|value| {
            let (params, refusal) = (self.bent(part, &value), self.refusal(part, shape, &value));
            Case { what: value, params, refusal }
        });
        let none = [("x", ""), ("1.5", ""), ("2147483648", ""), ("", "missing value for decimal type")];
        beyond.chain(none.map(|(value, message)| self.malformed(part, value, message))).collect()
    }

    fn flags(&self, part: &Part) -> Vec<Case> {
        let none = [
            ("maybe", "boolean must follow xsd1.1 definition"),
            ("TRUE", "boolean must follow xsd1.1 definition"),
            ("", "missing value for boolean type"),
        ];
        none.map(|(value, message)| self.malformed(part, value, message)).into()
    }

    fn malformed(&self, part: &Part, value: &str, message: &str) -> Case {
        let refusal = ("MalformedInput", message.to_owned());
        Case { what: format!("{value:?}"), params: self.bent(part, value), refusal }
    }

    fn lists(&self, part: &Part, shape: &'static Value) -> Vec<Case> {
        let element = text(&shape["member"]["shape"]);
        let of_length = |length: u64| {
            let elements = (1..=length)
                .flat_map(|index| sample(self.model, &format!("{}.member.{index}", part.name), element));
            // A list without members is its bare name.
            let bare = (length == 0).then(|| (part.name.clone(), String::new()));
            let others = without(&self.base, &part.name);
            let shown = if self.quotes_values { format!(" '[{length} members]'") } else { String::new() };
            let size = [("max", "less"), ("min", "greater")].into_iter().find_map(|(bound, word)| {
                let bound = shape[bound].as_u64()?;
                let is_broken = if word == "less" { length > bound } else { length < bound };
                is_broken.then(|| format!("Member must have length {word} than or equal to {bound}"))
            });
            let refusal = validation_error(&part.path, &shown, &[size.expect("the length is wrong")]);
            let params = others.into_iter().chain(elements).chain(bare).collect();
            Case { what: format!("of {length}"), params, refusal }
        };
        let lengths = [shape["max"].as_u64().map(|max| max + 1), shape["min"].as_u64().map(|min| min - 1)];
        lengths.into_iter().flatten().map(of_length).collect()
    }
}

#[test]
fn every_constraint_of_every_input_is_named_in_the_words_of_aws() {
    let world = World::new(TestStore::sqlite());
    let subject = Subject::new(&world, &world.root, "alice");
    let (state, changes) = (world.state(), dump::count(&world.store, "changes"));
    let (mut count, mut wrong) = (0, Vec::new());
    let too_large = format!("Request body is larger than {BODY_BYTES_MAX} bytes.");
    for handler in handlers() {
        let Request::Query { action, params } = subject.request(handler.name()) else { continue };
        let service = if handler.service() == STS.name { &STS } else { &IAM };
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let Some(input) = Input::new(action, service, params) else { continue };
        for Case { what, params, refusal: (code, message) } in input.cases() {
            let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
            let sent = world.sign_call(&world.root, action, &params);
            let answer = world.send(&sent);
            // Some constraints allow more than the largest request, and more than the one with most parameters.
            let expected = if sent.body.len() > BODY_BYTES_MAX {
                (413, "RequestEntityTooLarge", &*too_large)
            } else if sent.body.split('&').count() > PARAMS_MAX {
                (400, "MalformedQueryString", "Query string contains too many parameters")
            } else {
                (400, code, &*message)
            };
            let answered = (answer.reply.status, &*answer.code, &*answer.message);
            if answered != expected {
                wrong.push(format!("{action} {what}:\n  {answered:?}, not\n  {expected:?}"));
            }
            count += 1;
        }
    }
    println!("{count} bent requests over {} operations", handlers().len());
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 600, "only {count}");
    assert_eq!(world.state(), state);
    assert_eq!(dump::count(&world.store, "changes"), changes, "nothing was written");
}
