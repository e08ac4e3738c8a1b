//! Conditions: an operator, a key of the request, and the values it is compared with.

mod instant;
mod network;
mod number;
mod test;
mod value;

pub(crate) use instant::Instant;
use test::Test;
use value::Value;

use crate::context::Context;
use crate::document;
use crate::document::Version;
use crate::operator::{Comparison, Operator, Quantifier};
use crate::template::Unresolved;

/// A condition, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    tests: Vec<Test>,
}

impl Condition {
    pub(crate) fn compile(written: &document::Condition, version: Version) -> Self {
        let comparison = written.operator.comparison;
        Self {
            operator: written.operator,
            key: written.key.clone(),
            tests: written.values.iter().map(|value| Test::compile(comparison, value, version)).collect(),
        }
    }

    /// Whether the request satisfies it. A variable that cannot be filled in counts only where the
    /// request has the key, since nothing is compared before.
    pub(crate) fn holds(&self, context: &Context<'_>) -> Result<bool, Unresolved> {
        let Operator { comparison, negated, if_exists, quantifier } = self.operator;
        let values = context.find(&self.key);
        if comparison == Comparison::Null {
            let absent = if values.is_none() { "true" } else { "false" };
            return self.any_test(absent, context);
        }
        let Some(values) = values else {
            return Ok(if_exists
                || match quantifier {
                    Quantifier::Plain => negated,
                    Quantifier::ForAllValues => true,
                    Quantifier::ForAnyValue => false,
                });
        };
        // A set whose only value is the empty text is an empty set, says AWS.
        if values == [""] && quantifier != Quantifier::Plain {
            return Ok(quantifier == Quantifier::ForAllValues);
        }
        // A negated operator takes none of the values: of the policy's in any case, and without a
        // quantifier of the request's as well.
        let all = quantifier == Quantifier::ForAllValues || (quantifier == Quantifier::Plain && negated);
        for value in values {
            if (self.any_test(value, context)? != negated) != all {
                return Ok(!all);
            }
        }
        Ok(all)
    }

    /// Whether the value satisfies any of the tests. All variables are looked at even when one test is
    /// satisfied, so that the order of the values does not matter.
    fn any_test(&self, value: &str, context: &Context<'_>) -> Result<bool, Unresolved> {
        let value = Value::new(value);
        let mut any = false;
        for test in &self.tests {
            if !any || test.has_variables() {
                any |= test.holds(&value, context)?;
            }
        }
        Ok(any)
    }

    /// The keys it asks about: its own and those of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key.as_str()).chain(self.tests.iter().flat_map(Test::keys))
    }
}
