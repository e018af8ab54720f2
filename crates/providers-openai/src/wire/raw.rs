//! Values that are read when they are needed, and JSON that is repaired if it has to be.

use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{Frame, chat::unreadable, lenient};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::value::RawValue;

/// A value that was not read so far; `None` if it is not there, or is of another type.
pub(crate) fn parsed<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    let json = raw?.get();
    serde_json::from_str(json).ok().or_else(|| {
        let repaired = lenient::repaired(json)?;
        serde_json::from_str(&repaired).ok()
    })
}

/// Whether a value says anything: some services send `"error": {}` or `"error": ""` with each event.
pub(crate) fn says(raw: Option<&RawValue>) -> bool {
    let json = raw.map_or("null", RawValue::get);
    let is_empty = |inner: Option<&str>| inner.is_some_and(|inner| inner.trim().is_empty());
    let within = |open, close| json.strip_prefix(open).and_then(|it: &str| it.strip_suffix(close));
    !matches!(json, "null" | "false" | "0")
        && ![within('{', '}'), within('[', ']'), within('"', '"')].into_iter().any(is_empty)
}

/// Reads the data of an event into slices of it, and says whether they had to be repaired. `repaired`
/// is the place for the repaired text.
pub(crate) fn read_event<'a, T: Deserialize<'a>>(
    frame: &'a Frame,
    repaired: &'a mut Option<String>,
) -> Result<(T, bool)> {
    let data = frame.data().trim();
    // What is not read yet may hide half a character.
    let may_hide = data.contains("\\ud") || data.contains("\\uD");
    let hidden = if may_hide { lenient::repaired_event(data) } else { None };
    let error = match hidden {
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
    // The frame knows whether it was cut.
    Err(frame.json::<IgnoredAny>().err().unwrap_or_else(|| {
        Error::new(ErrorKind::Parse, format!("cannot read a frame of the answer: {error}"))
    }))
}

/// Reads a value that was not read so far into slices of it; nothing, if it cannot be read.
pub(crate) fn nested<'a, T: Deserialize<'a> + Default>(
    raw: &'a RawValue,
    repaired: &'a mut Option<String>,
) -> T {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| {
        *repaired = lenient::repaired(raw.get());
        repaired.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    })
}

/// Reads the body of a whole answer into slices of it. `repaired` is the place for the repaired text.
pub(crate) fn read_whole<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    repaired: &'a mut Option<String>,
) -> Result<T> {
    // At once, so that each text in it need not be looked at again.
    let text = str::from_utf8(body).map_err(|error| unreadable(error).with_source(error))?;
    serde_json::from_str(text).or_else(|error| {
        *repaired = lenient::repaired(text);
        let again = repaired.as_deref().and_then(|text| serde_json::from_str(text).ok());
        again.ok_or_else(|| unreadable(&error).with_source(error))
    })
}
