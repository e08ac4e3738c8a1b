//! The names of condition operators: `ForAnyValue:StringNotLikeIfExists` taken apart.

/// An operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub comparison: Comparison,
    /// Holds where the comparison does not: `StringNotEquals`.
    pub negated: bool,
    /// Holds where the request does not have the key.
    pub if_exists: bool,
    pub quantifier: Quantifier,
}

/// Which of a request's values must satisfy an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// As for a key of one value.
    Plain,
    ForAllValues,
    ForAnyValue,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    IpAddress,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    /// Whether the key is absent.
    Null,
}

/// Where the request's value must stand towards the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Relation {
    pub(crate) fn holds<T: Ord>(self, value: &T, limit: &T) -> bool {
        match self {
            Self::Equals => value == limit,
            Self::LessThan => value < limit,
            Self::LessThanEquals => value <= limit,
            Self::GreaterThan => value > limit,
            Self::GreaterThanEquals => value >= limit,
        }
    }

    /// The relation and whether it is negated.
    fn parse(name: &str) -> Option<(Self, bool)> {
        Some(match name {
            "Equals" => (Self::Equals, false),
            "NotEquals" => (Self::Equals, true),
            "LessThan" => (Self::LessThan, false),
            "LessThanEquals" => (Self::LessThanEquals, false),
            "GreaterThan" => (Self::GreaterThan, false),
            "GreaterThanEquals" => (Self::GreaterThanEquals, false),
            _ => return None,
        })
    }
}

impl Operator {
    /// The operator of a name; `None` where AWS has none of that name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAllValues", name)) => (Quantifier::ForAllValues, name),
            Some(("ForAnyValue", name)) => (Quantifier::ForAnyValue, name),
            Some(_) => return None,
            None => (Quantifier::Plain, name),
        };
        let (if_exists, name) = match name.strip_suffix("IfExists") {
            Some("Null") => return None,
            Some(name) => (true, name),
            None => (false, name),
        };
        let (comparison, negated) = parse_comparison(name)?;
        Some(Self { comparison, negated, if_exists, quantifier })
    }
}

/// The comparison and whether it is negated.
fn parse_comparison(name: &str) -> Option<(Comparison, bool)> {
    if let Some(relation) = name.strip_prefix("Numeric") {
        return Relation::parse(relation).map(|(relation, negated)| (Comparison::Numeric(relation), negated));
    }
    if let Some(relation) = name.strip_prefix("Date") {
        return Relation::parse(relation).map(|(relation, negated)| (Comparison::Date(relation), negated));
    }
    Some(match name {
        "StringEquals" => (Comparison::StringEquals, false),
        "StringNotEquals" => (Comparison::StringEquals, true),
        "StringEqualsIgnoreCase" => (Comparison::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Comparison::StringEqualsIgnoreCase, true),
        "StringLike" => (Comparison::StringLike, false),
        "StringNotLike" => (Comparison::StringLike, true),
        "Bool" => (Comparison::Bool, false),
        "BinaryEquals" => (Comparison::Binary, false),
        "IpAddress" => (Comparison::IpAddress, false),
        "NotIpAddress" => (Comparison::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "Null" => (Comparison::Null, false),
        _ => return None,
    })
}
