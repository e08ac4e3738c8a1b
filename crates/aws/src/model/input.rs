//! Reading inputs: from parameters to structures, with every broken constraint named in AWS's words.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use keystead_core::SecretString;

use super::{Service, order, pattern};
use crate::error::{Fault, Result};
use crate::query::Params;

/// The input of an operation.
pub trait FromQuery: Sized {
    /// Reads and validates it.
    fn from_query(params: &Params) -> Result<Self>;
}

/// The input of an operation without one.
impl FromQuery for () {
    fn from_query(_: &Params) -> Result<Self> {
        Ok(())
    }
}

impl<T: Input> FromQuery for T {
    fn from_query(params: &Params) -> Result<Self> {
        let mut reader = Reader::new(params);
        let input = Self::read(&mut reader);
        match reader.fault(Self::SERVICE.quotes_values) {
            None => Ok(input),
            Some(fault) => Err(fault),
        }
    }
}

/// A structure of an input.
pub(super) trait Input: Default {
    /// Whose words are used.
    const SERVICE: &'static Service;

    /// Reads the structure that the reader stands at.
    fn read(at: &mut Reader<'_>) -> Self;
}

/// A place in the parameters, and what was found wrong so far.
pub(super) struct Reader<'p> {
    params: &'p Params,
    /// The parameter's name on the wire: `Tags.member.1.Key`.
    name: String,
    /// The same in the words of AWS's messages: `tags.1.member.key`.
    path: String,
    violations: Vec<Violation>,
    /// The first value that is not of its type at all.
    malformed: Option<Fault>,
}

struct Violation {
    path: String,
    value: String,
    constraint: String,
}

impl<'p> Reader<'p> {
    fn new(params: &'p Params) -> Self {
        Self { params, name: String::new(), path: String::new(), violations: Vec::new(), malformed: None }
    }

    /// A member that has to be there.
    pub(super) fn required<S: Shape>(&mut self, name: &str, shape: &S) -> S::Value {
        self.member(name, |at| {
            let value = shape.read(at);
            if value.is_none() {
                at.violate("null".to_owned(), "Member must not be null".to_owned());
            }
            value.unwrap_or_default()
        })
    }

    /// A member that may be absent.
    pub(super) fn optional<S: Shape>(&mut self, name: &str, shape: &S) -> Option<S::Value> {
        self.member(name, |at| shape.read(at))
    }

    /// A list or map that may be absent, which is the same as empty.
    pub(super) fn many<S: Shape>(&mut self, name: &str, shape: &S) -> S::Value {
        self.optional(name, shape).unwrap_or_default()
    }

    fn member<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let dot = if self.name.is_empty() { "" } else { "." };
        let mut rest = name.chars();
        let first = rest.next().map(|first| first.to_ascii_lowercase());
        let path = format!("{dot}{}{}", first.unwrap_or_default(), rest.as_str());
        self.inside(&format!("{dot}{name}"), &path, read)
    }

    fn inside<T>(&mut self, name: &str, path: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let lengths = (self.name.len(), self.path.len());
        self.name.push_str(name);
        self.path.push_str(path);
        let value = read(self);
        self.name.truncate(lengths.0);
        self.path.truncate(lengths.1);
        value
    }

    fn value(&self) -> Option<&'p str> {
        self.params.get(&self.name)
    }

    /// The indices of a list or map here; `None` if there is none, not even an empty one (`Tags=`).
    fn indices(&self, infix: &str) -> Option<Vec<usize>> {
        let indices = self.params.indices(&format!("{}{infix}", self.name));
        if indices.is_empty() && self.value().is_none() { None } else { Some(indices) }
    }

    fn violate(&mut self, value: String, constraint: String) {
        self.violations.push(Violation { path: self.path.clone(), value, constraint });
    }

    /// A value that cannot be read as what it should be: AWS answers the first of them and nothing else.
    fn refuse(&mut self, message: Option<&'static str>) {
        self.malformed.get_or_insert(Fault::MalformedInput(message));
    }

    fn fault(mut self, quotes_values: bool) -> Option<Fault> {
        self.violations.sort_by_cached_key(|violation| order::places(&violation.path));
        let malformed = self.malformed.take();
        malformed.or_else(|| self.report(quotes_values).map(Fault::ValidationError))
    }

    fn report(self, quotes_values: bool) -> Option<String> {
        let texts: Vec<_> = self
            .violations
            .iter()
            .map(|Violation { path, value, constraint }| {
                let value = if quotes_values { format!(" {value}") } else { String::new() };
                format!("Value{value} at '{path}' failed to satisfy constraint: {constraint}")
            })
            .collect();
        let plural = if texts.len() == 1 { "" } else { "s" };
        (!texts.is_empty())
            .then(|| format!("{} validation error{plural} detected: {}", texts.len(), texts.join("; ")))
    }
}

/// A kind of value and its constraints.
pub(super) trait Shape {
    /// What it is read into.
    type Value: Default;

    /// Reads the value that the reader stands at; `None` if it is absent.
    fn read(&self, at: &mut Reader<'_>) -> Option<Self::Value>;

    /// All constraints of a scalar: AWS names them together if an element of a list breaks any.
    fn constraints(&self) -> Option<String> {
        None
    }
}

/// A length, or a number, from `min` to `max`.
#[derive(Clone, Copy)]
struct Bounds {
    min: i64,
    max: i64,
}

impl Bounds {
    /// The broken ones in AWS's words; `None` for the value names all that could be.
    fn broken(self, noun: &str, value: Option<i64>) -> impl Iterator<Item = String> {
        let above = value.map_or(self.max != i64::MAX, |value| value > self.max);
        let below = value.map_or(self.min != 0, |value| value < self.min);
        let above = above.then(|| format!("Member must have {noun} less than or equal to {}", self.max));
        let below = below.then(|| format!("Member must have {noun} greater than or equal to {}", self.min));
        above.into_iter().chain(below)
    }
}

/// Text.
#[derive(Clone, Copy)]
pub(super) struct Text {
    length: Bounds,
    pattern: Option<&'static str>,
    values: &'static [&'static str],
}

impl Text {
    pub(super) const fn new(min: i64, max: i64) -> Self {
        Self { length: Bounds { min, max }, pattern: None, values: &[] }
    }

    pub(super) const fn any() -> Self {
        Self::new(0, i64::MAX)
    }

    pub(super) const fn pattern(self, pattern: &'static str) -> Self {
        Self { pattern: Some(pattern), ..self }
    }

    pub(super) const fn without_pattern(self) -> Self {
        Self { pattern: None, ..self }
    }

    pub(super) const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    pub(super) const fn secret(self) -> SecretText {
        SecretText(self)
    }

    /// The broken constraints; `None` for the value names all.
    fn broken(&self, value: Option<&str>) -> Vec<String> {
        let mut broken: Vec<_> =
            self.length.broken("length", value.map(|value| value.chars().count() as i64)).collect();
        if let Some(pattern) = self.pattern
            && value.is_none_or(|value| !pattern::matches(pattern, value))
        {
            broken.push(format!("Member must satisfy regular expression pattern: {pattern}"));
        }
        if !self.values.is_empty() && value.is_none_or(|value| !self.values.contains(&value)) {
            broken.push("Member must satisfy enum value set".to_owned());
        }
        broken
    }

    fn check<'p>(&self, at: &mut Reader<'p>, shown: impl Fn(&str) -> String) -> Option<&'p str> {
        let value = at.value()?;
        for constraint in self.broken(Some(value)) {
            at.violate(shown(value), constraint);
        }
        Some(value)
    }
}

impl Shape for Text {
    type Value = String;

    fn read(&self, at: &mut Reader<'_>) -> Option<String> {
        self.check(at, |value| format!("'{value}'")).map(str::to_owned)
    }

    fn constraints(&self) -> Option<String> {
        Some(self.broken(None).join(", "))
    }
}

/// Text that no message quotes.
#[derive(Clone, Copy)]
pub(super) struct SecretText(Text);

impl Shape for SecretText {
    type Value = SecretString;

    fn read(&self, at: &mut Reader<'_>) -> Option<SecretString> {
        self.0.check(at, |_| "'***'".to_owned()).map(|value| SecretString::new(value.to_owned()))
    }
}

/// A whole number of 32 bits.
#[derive(Clone, Copy)]
pub(super) struct Integer(Bounds);

impl Integer {
    pub(super) const fn new(min: i64, max: i64) -> Self {
        Self(Bounds { min, max })
    }
}

impl Shape for Integer {
    type Value = i64;

    fn read(&self, at: &mut Reader<'_>) -> Option<i64> {
        let text = at.value()?;
        let number = text.parse::<i32>().map(i64::from).ok();
        match number {
            Some(_) => {
                let broken = self.0.broken("value", number);
                broken.for_each(|constraint| at.violate(format!("'{text}'"), constraint));
            }
            None => at.refuse(text.is_empty().then_some("missing value for decimal type")),
        }
        Some(number.unwrap_or_default())
    }
}

/// `true` or `false`, or 1 or 0, as XML Schema writes them.
#[derive(Clone, Copy)]
pub(super) struct Flag;

impl Shape for Flag {
    type Value = bool;

    fn read(&self, at: &mut Reader<'_>) -> Option<bool> {
        match at.value()? {
            "true" | "1" => return Some(true),
            "false" | "0" => {}
            "" => at.refuse(Some("missing value for boolean type")),
            _ => at.refuse(Some("boolean must follow xsd1.1 definition")),
        }
        Some(false)
    }
}

/// A structure.
pub(super) struct Nested<T>(PhantomData<fn() -> T>);

impl<T> Nested<T> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Input> Shape for Nested<T> {
    type Value = T;

    fn read(&self, at: &mut Reader<'_>) -> Option<T> {
        let present = at.params.under(&format!("{}.", at.name)).next().is_some();
        present.then(|| T::read(at))
    }
}

/// A list: `Name.member.N`.
pub(super) struct List<S> {
    length: Bounds,
    element: S,
    not_null: bool,
}

impl<S> List<S> {
    pub(super) const fn new(min: i64, max: i64, element: S) -> Self {
        Self { length: Bounds { min, max }, element, not_null: false }
    }

    /// One that names, among the constraints of its elements, that they must be there.
    pub(super) const fn not_null(self) -> Self
    where
        S: Copy,
    {
        Self { not_null: true, ..self }
    }
}

impl<S: Shape> Shape for List<S> {
    type Value = Vec<S::Value>;

    fn read(&self, at: &mut Reader<'_>) -> Option<Self::Value> {
        let indices = at.indices(".member.")?;
        let shown = format!("'[{} members]'", indices.len());
        for constraint in self.length.broken("length", Some(indices.len() as i64)) {
            at.violate(shown.clone(), constraint);
        }
        let before = at.violations.len();
        let values = indices
            .into_iter()
            .filter_map(|index| {
                at.inside(&format!(".member.{index}"), &format!(".{index}.member"), |at| {
                    self.element.read(at)
                })
            })
            .collect();
        if let Some(constraints) = self.element.constraints()
            && at.violations.len() > before
        {
            let not_null = if self.not_null { ", Member must not be null" } else { "" };
            at.violations.truncate(before);
            at.violate(shown, format!("Member must satisfy constraint: [{constraints}{not_null}]"));
        }
        Some(values)
    }
}

/// A map from text: `Name.entry.N.key` and `Name.entry.N.value`.
pub(super) struct Map<S> {
    length: Bounds,
    key: Text,
    value: S,
}

impl<S> Map<S> {
    pub(super) const fn new(min: i64, max: i64, key: Text, value: S) -> Self {
        Self { length: Bounds { min, max }, key, value }
    }
}

impl<S: Shape> Shape for Map<S> {
    type Value = BTreeMap<String, S::Value>;

    fn read(&self, at: &mut Reader<'_>) -> Option<Self::Value> {
        let indices = at.indices(".entry.")?;
        let shown = format!("'{{{} entries}}'", indices.len());
        for constraint in self.length.broken("length", Some(indices.len() as i64)) {
            at.violate(shown.clone(), constraint);
        }
        let mut map = BTreeMap::new();
        for index in indices {
            let (key, value) = at.inside(&format!(".entry.{index}"), &format!(".{index}"), |at| {
                (at.required("key", &self.key), at.required("value", &self.value))
            });
            if map.insert(key, value).is_some() {
                at.violate(shown.clone(), "Member must have unique keys".to_owned());
            }
        }
        Some(map)
    }
}
