//! Parses values on demand, and repairs JSON if necessary.

use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{Frame, chat::unreadable, lenient};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Value, value::RawValue};

/// Parses a value. Returns `None` if it is missing or has another type.
pub(crate) fn parsed<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    let json = raw?.get();
    serde_json::from_str(json).ok().or_else(|| {
        let repaired = lenient::repaired(json)?;
        serde_json::from_str(&repaired).ok()
    })
}

/// Parses a value of any type. If an object in it repeats a key, the last value of the key that is not
/// `null` is used. Returns `None` if the value is missing or invalid.
pub(crate) fn parsed_value(raw: Option<&RawValue>) -> Option<Value> {
    lenient::value(raw?.get()).ok()
}

/// Returns whether a value, such as the field `error`, is present and not empty. Some services send
/// `"error": {}` or `"error": ""` with each event.
pub(crate) fn is_meaningful(raw: Option<&RawValue>) -> bool {
    let json = raw.map_or("null", RawValue::get);
    let is_empty = |inner: Option<&str>| inner.is_some_and(|inner| inner.trim().is_empty());
    let content =
        |open, close| json.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
    !matches!(json, "null" | "false" | "0")
        && ![content('{', '}'), content('[', ']'), content('"', '"')].into_iter().any(is_empty)
}

/// Parses the data of an event, and returns whether it had to be repaired. The result borrows from
/// the event, or from the repaired text in `repaired`.
pub(crate) fn read_event<'a, T: Deserialize<'a>>(
    frame: &'a Frame,
    repaired: &'a mut Option<String>,
) -> Result<(T, bool)> {
    let data = frame.data().trim();
    // Some fields are stored unparsed and parsed later. They may contain half of a character, so
    // repair the text now.
    let may_have_half = data.contains("\\ud") || data.contains("\\uD");
    let repaired_text = if may_have_half { lenient::repaired_event(data) } else { None };
    let error = match repaired_text {
        Some(text) => {
            *repaired = Some(text);
            None
        }
        None => match serde_json::from_str(data) {
            Ok(event) => return Ok((event, false)),
            Err(error) => {
                *repaired = lenient::repaired_event(data);
                Some(error)
            }
        },
    };
    let error = match (repaired.as_deref().map(serde_json::from_str), error) {
        (Some(Ok(event)), _) => return Ok((event, true)),
        (Some(Err(error)), None) | (_, Some(error)) => error.to_string(),
        (None, None) => String::new(),
    };
    // The frame knows whether the event was truncated, so its error is more specific.
    Err(frame.json::<IgnoredAny>().err().unwrap_or_else(|| {
        Error::new(ErrorKind::Parse, format!("cannot deserialize a frame of the response: {error}"))
    }))
}

/// Parses a value that was not parsed yet. Returns the default if it is invalid.
pub(crate) fn nested<'a, T: Deserialize<'a> + Default>(
    raw: &'a RawValue,
    repaired: &'a mut Option<String>,
) -> T {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| {
        *repaired = lenient::repaired(raw.get());
        repaired.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    })
}

/// Parses the body of a complete response. The result borrows from the body, or from the repaired
/// text in `repaired`.
pub(crate) fn read_whole<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    repaired: &'a mut Option<String>,
) -> Result<T> {
    // Validate the UTF-8 once, so that the parser need not validate each string.
    let text = str::from_utf8(body).map_err(|error| unreadable(error).with_source(error))?;
    serde_json::from_str(text).or_else(|error| {
        *repaired = lenient::repaired(text);
        let value = repaired.as_deref().and_then(|text| serde_json::from_str(text).ok());
        value.ok_or_else(|| unreadable(&error).with_source(error))
    })
}
