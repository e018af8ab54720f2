//! Events that differ in their text alone.

use std::borrow::Cow;

use serde_json::Deserializer;

/// What an event with a piece of text looks like besides the text, and besides the noise that some
/// services add.
///
/// In most streams all such events look alike, and to see that takes far less time than to read
/// them.
#[derive(Debug)]
pub(crate) struct Pattern {
    before: Box<str>,
    /// What stands between text and noise, if there is noise.
    between: Option<Box<str>>,
    after: Box<str>,
}

impl Pattern {
    /// That of an event, and of the strings in it that are its text and its noise.
    pub(crate) fn of(event: &str, text: &str, noise: Option<&str>) -> Option<Self> {
        let (before, rest) = around(event, text)?;
        let (between, after) = match noise {
            Some(noise) => around(rest, noise).map(|(between, after)| (Some(between), after))?,
            None => (None, rest),
        };
        Some(Self { before: before.into(), between: between.map(Into::into), after: after.into() })
    }

    /// The text of an event that looks so.
    pub(crate) fn text<'a>(&self, event: &'a str) -> Option<Cow<'a, str>> {
        let (text, mut rest) = string(event.strip_prefix(&*self.before)?)?;
        if let Some(between) = &self.between {
            (_, rest) = string(rest.strip_prefix(&**between)?)?;
        }
        (rest == &*self.after).then_some(text)
    }
}

/// What stands before and after a part of a text which is a string of JSON, without its quotes.
fn around<'a>(whole: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    // Where it is not a part of it, this finds nothing, or other text, which hardly looks alike.
    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?.checked_sub(1)?;
    Some((whole.get(..start)?, whole.get(start + part.len() + 2..)?))
}

/// The string that JSON begins with, and what follows it.
fn string(json: &str) -> Option<(Cow<'_, str>, &str)> {
    let content = json.strip_prefix('"')?;
    let end = content.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '))?;
    if content.as_bytes()[end] == b'"' {
        return Some((Cow::Borrowed(&content[..end]), &content[end + 1..]));
    }
    let mut strings = Deserializer::from_str(json).into_iter::<String>();
    let text = strings.next()?.ok()?;
    Some((Cow::Owned(text), &json[strings.byte_offset()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern() -> Pattern {
        let event = r#"{"a":1,"text":"one","b":[2],"noise":"zz"} "#;
        let part = |part| &event[event.find(part).unwrap()..][..str::len(part)];
        Pattern::of(event, part("one"), Some(part("zz"))).unwrap()
    }

    #[test]
    fn what_looks_alike_has_its_text() {
        for (json, text) in [("two", "two"), (r"\u00e9\n", "é\n"), (r#"\""#, "\""), ("", "")] {
            let event = format!(r#"{{"a":1,"text":"{json}","b":[2],"noise":"y\\"}} "#);
            assert_eq!(pattern().text(&event).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_looks_otherwise_has_none() {
        for event in [
            r#"{"a":2,"text":"one","b":[2],"noise":"x"} "#,
            r#"{"a":1,"text":"one","b":[3],"noise":"x"} "#,
            r#"{"a":1,"text":"one","b":[2],"noise":"x"}"#,
            r#"{"a":1,"text":"one","b":[2],"noise":1} "#,
            r#"{"a":1,"text":"one"#,
            r#"{"a":1,"text":"one\x","b":[2],"noise":"x"} "#,
            "{\"a\":1,\"text\":\"a\tb\",\"b\":[2],\"noise\":\"x\"} ",
            "",
        ] {
            assert_eq!(pattern().text(event), None, "{event}");
        }
    }
}
