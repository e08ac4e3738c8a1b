//! A policy document as written: its elements and their shapes, before anybody asks what they mean.
//!
//! Everything that AWS calls a syntax error is found here. What comes out is checked against its use by
//! [`crate::validate`] and compiled by [`crate::Policy`].

use crate::json::Json;
use crate::operator::Operator;

/// The version of the language. A document that names none is of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// Without variables.
    #[default]
    V2008,
    /// With variables.
    V2012,
}

/// A document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub version: Version,
    pub statements: Vec<Statement>,
}

/// A statement. Which of its elements must be there depends on the use of the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    /// Empty where there is none.
    pub sid: String,
    /// `Allow` or `Deny` in any case of letters; whether the case is right is for the check to say.
    pub effect: Option<String>,
    pub principal: Option<Element<Principals>>,
    pub action: Option<Element<Vec<String>>>,
    pub resource: Option<Element<Vec<String>>>,
    pub conditions: Vec<Condition>,
}

/// An element that has a negated twin: `Action` and `NotAction`.
#[derive(Clone, Debug)]
pub(crate) struct Element<T> {
    pub negated: bool,
    pub value: T,
}

/// Who a statement is about.
#[derive(Clone, Debug)]
pub(crate) enum Principals {
    /// `"*"`, or another bare text, which is nobody.
    Bare(String),
    /// `{"AWS": […], "Service": …}`
    ByKind(Vec<(PrincipalKind, String)>),
}

/// What a principal is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalKind {
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

/// One key of one operator of a condition block.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub operator: Operator,
    pub key: String,
    pub values: Vec<String>,
}

/// Why a text is no document. Policies of identities get one sentence for all of them, trust policies
/// one for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SyntaxFault {
    Json,
    Version,
    NoStatement,
    PrincipalKind(String),
    Other,
}

type Parsed<T> = Result<T, SyntaxFault>;

impl Document {
    pub(crate) fn parse(text: &str) -> Parsed<Self> {
        let members = Json::parse(text).and_then(Json::into_object).ok_or(SyntaxFault::Json)?;
        let mut version = Version::default();
        let mut statements = None;
        for (name, value) in members {
            match name.as_str() {
                "Version" => version = parse_version(value)?,
                "Id" => drop(value.into_text().ok_or(SyntaxFault::Other)?),
                "Statement" => statements = Some(parse_statements(value)?),
                _ => return Err(SyntaxFault::Other),
            }
        }
        let statements = statements.filter(|list| !list.is_empty()).ok_or(SyntaxFault::NoStatement)?;
        Ok(Self { version, statements })
    }
}

fn parse_version(value: Json) -> Parsed<Version> {
    match value.into_text().as_deref() {
        Some("2008-10-17") => Ok(Version::V2008),
        Some("2012-10-17") => Ok(Version::V2012),
        _ => Err(SyntaxFault::Version),
    }
}

fn parse_statements(value: Json) -> Parsed<Vec<Statement>> {
    match value {
        Json::List(items) => items.into_iter().map(Statement::parse).collect(),
        one => Statement::parse(one).map(|statement| vec![statement]),
    }
}

impl Statement {
    fn parse(value: Json) -> Parsed<Self> {
        let mut statement = Self::default();
        for (name, value) in value.into_object().ok_or(SyntaxFault::Other)? {
            match name.as_str() {
                "Sid" => statement.sid = value.into_text().ok_or(SyntaxFault::Other)?,
                "Effect" => statement.effect = Some(value.into_text().ok_or(SyntaxFault::Other)?),
                "Principal" => set(&mut statement.principal, false, Principals::parse(value)?)?,
                "NotPrincipal" => set(&mut statement.principal, true, Principals::parse(value)?)?,
                "Action" => set(&mut statement.action, false, texts(value)?)?,
                "NotAction" => set(&mut statement.action, true, texts(value)?)?,
                "Resource" => set(&mut statement.resource, false, texts(value)?)?,
                "NotResource" => set(&mut statement.resource, true, texts(value)?)?,
                "Condition" => statement.conditions = parse_conditions(value)?,
                _ => return Err(SyntaxFault::Other),
            }
        }
        Ok(statement)
    }
}

/// Sets an element that a statement may have once, plain or negated.
fn set<T>(element: &mut Option<Element<T>>, negated: bool, value: T) -> Parsed<()> {
    match element.replace(Element { negated, value }) {
        None => Ok(()),
        Some(_) => Err(SyntaxFault::Other),
    }
}

fn texts(value: Json) -> Parsed<Vec<String>> {
    value.into_list(Json::into_text).ok_or(SyntaxFault::Other)
}

impl Principals {
    fn parse(value: Json) -> Parsed<Self> {
        if let Json::Text(text) = value {
            return Ok(Self::Bare(text));
        }
        let mut named = Vec::new();
        for (kind, value) in value.into_object().ok_or(SyntaxFault::Other)? {
            let kind = PrincipalKind::parse(&kind).ok_or(SyntaxFault::PrincipalKind(kind))?;
            named.extend(texts(value)?.into_iter().map(|name| (kind, name)));
        }
        Ok(Self::ByKind(named))
    }
}

impl PrincipalKind {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "AWS" => Some(Self::Aws),
            "Service" => Some(Self::Service),
            "Federated" => Some(Self::Federated),
            "CanonicalUser" => Some(Self::CanonicalUser),
            _ => None,
        }
    }
}

/// Operators and their keys, in the order written. An operator that AWS does not have is let pass while
/// it holds nothing, as AWS lets it.
fn parse_conditions(value: Json) -> Parsed<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (name, block) in value.into_object().ok_or(SyntaxFault::Other)? {
        let operator = Operator::parse(&name);
        for (key, values) in block.into_object().ok_or(SyntaxFault::Other)? {
            let operator = operator.ok_or(SyntaxFault::Other)?;
            let values = values.into_list(Json::into_scalar).ok_or(SyntaxFault::Other)?;
            conditions.push(Condition { operator, key, values });
        }
    }
    Ok(conditions)
}
