//! Attributes of items, and what they mean.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{
    Serialize,
    de::{DeserializeOwned, IntoDeserializer, value},
};
use serde_json::Value;

/// An item as DynamoDB gives it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An item that this program cannot have written.
#[derive(Debug, thiserror::Error)]
#[error("attribute `{name}` {problem}")]
pub(super) struct Unreadable {
    name: String,
    problem: String,
}

/// A text.
pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number.
pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as epoch seconds, with as many of nine decimals as it has; DynamoDB's numbers keep 38 digits.
pub(super) fn time(time: Timestamp) -> AttributeValue {
    let sign = if time < Timestamp::UNIX_EPOCH { "-" } else { "" };
    let (seconds, fraction) = (time.as_second().unsigned_abs(), time.subsec_nanosecond().unsigned_abs());
    let decimals = format!(".{fraction:09}");
    number(format!("{sign}{seconds}{}", decimals.trim_end_matches('0').trim_end_matches('.')))
}

/// A time as whole epoch seconds, not before it: what `DynamoDB` wants of the attribute by which it lets items go.
pub(super) fn whole_seconds(time: Timestamp) -> AttributeValue {
    number(time.as_second() + i64::from(time.subsec_nanosecond() > 0))
}

/// A time as text that sorts as times do: RFC 3339 with nine decimals.
pub(super) fn sortable(time: Timestamp) -> String {
    format!("{time:.9}")
}

/// A part of several fields, as a map.
pub(super) fn part(value: &impl Serialize) -> Result<AttributeValue, serde_json::Error> {
    serde_json::to_value(value).map(attribute)
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(flag),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Value::Object(fields) => {
            AttributeValue::M(fields.into_iter().map(|(name, value)| (name, attribute(value))).collect())
        }
    }
}

/// What such an attribute says; none for sets and binaries, which nobody writes here.
fn json(attribute: &AttributeValue) -> Option<Value> {
    Some(match attribute {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::N(number) => Value::Number(number.parse().ok()?),
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::L(values) => Value::Array(values.iter().map(json).collect::<Option<_>>()?),
        AttributeValue::M(fields) => {
            let fields = fields.iter().map(|(name, field)| Some((name.clone(), json(field)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Reads an item, attribute by attribute. Each kind comes twice: the plain one must be there, the other may.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a Item);

impl<'a> Attributes<'a> {
    pub(super) fn text(self, name: &str) -> Result<&'a str, Unreadable> {
        self.text_if(name).ok_or_else(|| unreadable(name, "is not there, or no text"))
    }

    pub(super) fn text_if(self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    /// A value that is written as one text.
    pub(super) fn word<T: DeserializeOwned>(self, name: &str) -> Result<T, Unreadable> {
        read_word(name, self.text(name)?)
    }

    pub(super) fn word_if<T: DeserializeOwned>(self, name: &str) -> Result<Option<T>, Unreadable> {
        self.0.get(name).map(|_| self.word(name)).transpose()
    }

    pub(super) fn time(self, name: &str) -> Result<Timestamp, Unreadable> {
        self.time_if(name)?.ok_or_else(|| unreadable(name, "is not there"))
    }

    pub(super) fn time_if(self, name: &str) -> Result<Option<Timestamp>, Unreadable> {
        let Some(found) = self.0.get(name) else { return Ok(None) };
        let read = found.as_n().ok().and_then(|number| read_time(number));
        read.map(Some).ok_or_else(|| unreadable(name, "is no time in epoch seconds"))
    }

    pub(super) fn number<T: std::str::FromStr>(self, name: &str) -> Result<T, Unreadable> {
        let found = self.0.get(name).and_then(|found| found.as_n().ok());
        let read = found.and_then(|number| number.parse().ok());
        read.ok_or_else(|| unreadable(name, "is not there, or no number that fits"))
    }

    pub(super) fn flag(self, name: &str) -> Result<bool, Unreadable> {
        let found = self.0.get(name).and_then(|found| found.as_bool().ok());
        found.copied().ok_or_else(|| unreadable(name, "is not there, or neither true nor false"))
    }

    /// A part of several fields.
    pub(super) fn part<T: DeserializeOwned>(self, name: &str) -> Result<T, Unreadable> {
        self.part_if(name)?.ok_or_else(|| unreadable(name, "is not there"))
    }

    pub(super) fn part_if<T: DeserializeOwned>(self, name: &str) -> Result<Option<T>, Unreadable> {
        let Some(found) = self.0.get(name) else { return Ok(None) };
        let fields = json(found).ok_or_else(|| unreadable(name, "is of a kind that is not used here"))?;
        serde_json::from_value(fields).map(Some).map_err(|error| unreadable(name, &error.to_string()))
    }
}

/// A value that is written as one text, such as an id or a status.
pub(super) fn read_word<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Unreadable> {
    let deserializer: value::StrDeserializer<'_, value::Error> = text.into_deserializer();
    T::deserialize(deserializer).map_err(|error| unreadable(name, &error.to_string()))
}

/// The time of epoch seconds with up to nine decimals.
fn read_time(number: &str) -> Option<Timestamp> {
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let (seconds, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(decimals) || decimals.len() > 9 {
        return None;
    }
    let nanoseconds: i128 = format!("{seconds}{decimals:0<9}").parse().ok()?;
    Timestamp::from_nanosecond(if negative { -nanoseconds } else { nanoseconds }).ok()
}

fn unreadable(name: &str, problem: &str) -> Unreadable {
    Unreadable { name: name.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("1764145487", "1764145487")]
    #[case("1764145487.5", "1764145487.500")]
    #[case("0", "0")]
    #[case("-0.000000001", "-0.000000001")]
    fn times_are_numbers_without_needless_digits(#[case] written: &str, #[case] read: &str) {
        let moment = read_time(read).unwrap();
        assert_eq!(time(moment), AttributeValue::N(written.to_owned()));
    }

    #[rstest]
    #[case("")]
    #[case("x")]
    #[case("1.0000000001")]
    #[case("1e9")]
    #[case("--1")]
    #[case("99999999999999999999")]
    fn what_is_no_time_is_refused(#[case] number: &str) {
        assert_eq!(read_time(number), None);
    }

    #[test]
    fn items_never_go_before_their_time() {
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(whole_seconds(moment("1970-01-01T00:00:01Z")), number(1));
        assert_eq!(whole_seconds(moment("1970-01-01T00:00:01.000000001Z")), number(2));
    }

    #[test]
    fn parts_come_back() {
        let whole = json!({"size": u64::MAX, "key": "it's 🧬", "line": null, "list": [1, -2, true, {}]});
        let item = HashMap::from([("part".to_owned(), part(&whole).unwrap())]);
        assert_eq!(Attributes(&item).part::<Value>("part").unwrap(), whole);
    }

    proptest! {
        #[test]
        fn times_come_back_and_sort(one in 0_i128..4_000_000_000_000_000_000, other in 0_i128..4_000_000_000_000_000_000) {
            let [one, other] = [one, other].map(|time| Timestamp::from_nanosecond(time).unwrap());
            let item = HashMap::from([("at".to_owned(), time(one))]);
            prop_assert_eq!(Attributes(&item).time("at").unwrap(), one);
            prop_assert_eq!(sortable(one).cmp(&sortable(other)), one.cmp(&other));
        }
    }
}
