//! What a resource, an ARN or a string is compared with, sorted by how little work it takes.

use crate::context::Context;
use crate::document::Version;
use crate::glob::{self, Subject};
use crate::template::{Template, Unresolved, Wildcards};

/// A text with wildcards and variables.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// `*`
    Any,
    /// Neither wildcards nor variables.
    Exact(Vec<u8>),
    /// Wildcards only.
    Glob(Vec<u8>),
    /// Variables, and perhaps wildcards.
    Template(Template),
}

impl Pattern {
    pub(crate) fn compile(text: &str, version: Version) -> Self {
        let template = Template::compile(text, version, Wildcards::Active);
        match template.fixed() {
            Some(fixed) if glob::matches_all(fixed) => Self::Any,
            Some(fixed) if glob::has_wildcards(fixed) => Self::Glob(fixed.to_vec()),
            Some(fixed) => Self::Exact(fixed.to_vec()),
            None => Self::Template(template),
        }
    }

    pub(crate) fn matches(&self, text: &Subject<'_>, context: &Context<'_>) -> Result<bool, Unresolved> {
        Ok(match self {
            Self::Any => true,
            Self::Exact(exact) => exact == text.as_str().as_bytes(),
            Self::Glob(glob) => glob::matches(glob, text),
            Self::Template(template) => glob::matches(&template.expand(context)?, text),
        })
    }

    /// The template, where there are variables.
    pub(crate) fn template(&self) -> Option<&Template> {
        match self {
            Self::Template(template) => Some(template),
            _ => None,
        }
    }
}

/// The six parts of an ARN as asked about: `arn`, partition, service, region, account, resource.
pub(crate) type ArnParts<'a> = [Subject<'a>; 6];

/// The parts of a text that is an ARN.
pub(crate) fn parse_arn(text: &str) -> Option<ArnParts<'_>> {
    let mut parts = text.splitn(6, ':');
    let arn = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    (arn.first() == Some(&"arn")).then(|| arn.map(Subject::new))
}

/// A pattern of ARNs, compared part by part, so that no `*` reaches over a colon into the next part.
#[derive(Clone, Debug)]
pub(crate) enum ArnPattern {
    /// `*`: everything, also what has no ARN.
    Any,
    /// Parts that are not written match everything: `arn:aws:sqs` is `arn:aws:sqs:*:*:*`.
    Parts(Vec<Pattern>),
}

impl ArnPattern {
    pub(crate) fn compile(text: &str, version: Version) -> Self {
        if text == "*" {
            return Self::Any;
        }
        Self::Parts(split_parts(text).into_iter().map(|part| Pattern::compile(part, version)).collect())
    }

    pub(crate) fn matches(
        &self,
        arn: Option<&ArnParts<'_>>,
        context: &Context<'_>,
    ) -> Result<bool, Unresolved> {
        let parts = match self {
            Self::Any => return Ok(true),
            Self::Parts(parts) => parts,
        };
        let Some(arn) = arn else { return self.resolvable(context).map(|()| false) };
        let mut all = true;
        for (pattern, part) in parts.iter().zip(arn) {
            // Parts with variables are looked at even when the answer is known: an unresolved one counts.
            if all || pattern.template().is_some() {
                all &= pattern.matches(part, context)?;
            }
        }
        Ok(all)
    }

    fn resolvable(&self, context: &Context<'_>) -> Result<(), Unresolved> {
        self.templates().try_for_each(|template| template.expand(context).map(drop))
    }

    /// The parts that have variables.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &Template> {
        let parts = match self {
            Self::Any => [].as_slice(),
            Self::Parts(parts) => parts,
        };
        parts.iter().filter_map(Pattern::template)
    }
}

/// At most six parts, at the colons that are not inside a variable.
fn split_parts(text: &str) -> Vec<&str> {
    let mut in_variable = false;
    let mut previous = ' ';
    let colon_outside = move |letter: char| {
        in_variable = (in_variable || (previous == '$' && letter == '{')) && letter != '}';
        previous = letter;
        letter == ':' && !in_variable
    };
    text.splitn(6, colon_outside).collect()
}
