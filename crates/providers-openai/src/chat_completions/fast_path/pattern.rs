//! Finds the text of an event by comparison with an earlier event, without parsing.

use std::borrow::Cow;

use serde_json::Deserializer;

/// The parts of an event that surround its text, and the random padding that some services add.
///
/// In most streams, these parts are the same in every event that contains text. Comparing them is
/// much faster than parsing the event. When this was added, reading a streamed answer of 20,000
/// tokens went from 1.4 times to 0.63 times the CPU time of a bare loop that parses each event
/// (`cargo bench -p providers-openai`).
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The part before the text.
    before: Box<str>,
    /// The part between the text and the padding, if there is padding.
    between: Option<Box<str>>,
    /// The part after the text, or after the padding if there is padding.
    after: Box<str>,
}

impl Pattern {
    /// Creates the pattern of an event. `text` and `padding` must be slices of `event`.
    pub(crate) fn of(event: &str, text: &str, padding: Option<&str>) -> Option<Self> {
        let (before, rest) = around(event, text)?;
        let (between, after) = match padding {
            Some(padding) => {
                around(rest, padding).map(|(between, after)| (Some(between), after))?
            }
            None => (None, rest),
        };
        Some(Self { before: before.into(), between: between.map(Into::into), after: after.into() })
    }

    /// Returns the text of an event, or `None` if the event does not match the pattern.
    pub(crate) fn text<'a>(&self, event: &'a str) -> Option<Cow<'a, str>> {
        let (text, mut rest) = string(event.strip_prefix(&*self.before)?)?;
        if let Some(between) = &self.between {
            (_, rest) = string(rest.strip_prefix(&**between)?)?;
        }
        (rest == &*self.after).then_some(text)
    }
}

/// Returns the parts of `whole` before and after the JSON string whose content is the slice `part`.
fn around<'a>(whole: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    // If `part` is not a slice of `whole`, this returns nothing, or a pattern that hardly ever
    // matches.
    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?.checked_sub(1)?;
    Some((whole.get(..start)?, whole.get(start + part.len() + 2..)?))
}

/// Returns the string at the start of a JSON text, and the text after it.
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
    fn the_text_of_a_matching_event_is_found() {
        for (json, text) in [("two", "two"), (r"\u00e9\n", "é\n"), (r#"\""#, "\""), ("", "")] {
            let event = format!(r#"{{"a":1,"text":"{json}","b":[2],"noise":"y\\"}} "#);
            assert_eq!(pattern().text(&event).as_deref(), Some(text));
        }
    }

    #[test]
    fn other_events_do_not_match() {
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
