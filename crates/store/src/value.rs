//! Values on their way into a statement and out of a row. Four kinds are all that both engines share.

use keystead_core::{AccessKeyId, AccountId, KeyId, Timestamp};

use crate::error::{Result, StoreError};

/// A value bound to a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// Every number, time and truth value.
    I64(i64),
    /// Every id and text.
    Text(String),
    /// Sealed secrets and hashes.
    Bytes(Vec<u8>),
}

/// A value of a row, borrowed from the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRef<'r> {
    /// No value.
    Null,
    /// Every number, time and truth value.
    I64(i64),
    /// Every id and text.
    Text(&'r str),
    /// Sealed secrets and hashes.
    Bytes(&'r [u8]),
}

/// Values for placeholders, each turned into a [`Value`].
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*] };
}
pub(crate) use values;

macro_rules! value_from {
    ($($from:ty => |$name:ident| $value:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($name: $from) -> Self {
                $value
            }
        })*
    };
}

value_from! {
    i64 => |number| Self::I64(number);
    bool => |truth| Self::I64(i64::from(truth));
    Timestamp => |instant| Self::I64(instant.micros());
    &str => |text| Self::Text(text.to_owned());
    &String => |text| Self::Text(text.clone());
    String => |text| Self::Text(text);
    AccountId => |id| Self::Text(id.to_string());
    AccessKeyId => |id| Self::Text(id.to_string());
    KeyId => |id| Self::Text(id.to_string());
    &[u8] => |bytes| Self::Bytes(bytes.to_vec());
    Vec<u8> => |bytes| Self::Bytes(bytes);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A type that a column can be read as.
pub trait FromValue<'r>: Sized {
    /// Reads it, or says that the column holds something else.
    fn from_value(value: ValueRef<'r>) -> Result<Self>;
}

/// The error of a column that holds another kind of value than the code expects.
fn mismatch(expected: &str) -> StoreError {
    StoreError::Corrupt(format!("a column does not hold {expected}"))
}

impl FromValue<'_> for i64 {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::I64(number) => Ok(number),
            _ => Err(mismatch("a number")),
        }
    }
}

impl FromValue<'_> for bool {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue<'_> for Timestamp {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        i64::from_value(value).map(Self::from_micros)
    }
}

impl<'r> FromValue<'r> for &'r str {
    fn from_value(value: ValueRef<'r>) -> Result<Self> {
        match value {
            ValueRef::Text(text) => Ok(text),
            _ => Err(mismatch("text")),
        }
    }
}

impl FromValue<'_> for String {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        <&str>::from_value(value).map(str::to_owned)
    }
}

impl<'r> FromValue<'r> for &'r [u8] {
    fn from_value(value: ValueRef<'r>) -> Result<Self> {
        match value {
            ValueRef::Bytes(bytes) => Ok(bytes),
            _ => Err(mismatch("bytes")),
        }
    }
}

impl FromValue<'_> for Vec<u8> {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        <&[u8]>::from_value(value).map(<[u8]>::to_vec)
    }
}

impl FromValue<'_> for AccountId {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        <&str>::from_value(value)?.parse().map_err(|_| mismatch("an account id"))
    }
}

impl FromValue<'_> for AccessKeyId {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        <&str>::from_value(value)?.parse().map_err(|_| mismatch("an access key id"))
    }
}

impl FromValue<'_> for KeyId {
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        <&str>::from_value(value)?.parse().map_err(|_| mismatch("the id of a key"))
    }
}

impl<'r, T: FromValue<'r>> FromValue<'r> for Option<T> {
    fn from_value(value: ValueRef<'r>) -> Result<Self> {
        match value {
            ValueRef::Null => Ok(None),
            present => T::from_value(present).map(Some),
        }
    }
}
