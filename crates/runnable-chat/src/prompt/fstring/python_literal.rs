//! Writes values as Python literals, for the conversions `!r` and `!a`.

use std::fmt::Write as _;

use serde_json::Value;

use super::float::shortest;

/// Returns the Python literal of a value. With `is_ascii`, characters outside ASCII are escaped.
pub(super) fn python_literal(value: &Value, is_ascii: bool) -> String {
    let literals = |values: &[Value]| -> Vec<_> {
        values.iter().map(|value| python_literal(value, is_ascii)).collect()
    };
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or_default();
            let sign = if float.is_sign_negative() { "-" } else { "" };
            format!("{sign}{}", shortest(float.abs()))
        }
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text, is_ascii),
        Value::Array(values) => format!("[{}]", literals(values).join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(key, value)| {
                    format!("{}: {}", quoted(key, is_ascii), python_literal(value, is_ascii))
                })
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

fn quoted(text: &str, is_ascii: bool) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut literal = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\\' => literal.push_str("\\\\"),
            c if c == quote => {
                literal.push('\\');
                literal.push(c);
            }
            c if !is_printable(c) || is_ascii && !c.is_ascii() => {
                let code = u32::from(c);
                // Writing to a string cannot fail.
                let _ = match code {
                    0..=0xff => write!(literal, "\\x{code:02x}"),
                    0x100..=0xffff => write!(literal, "\\u{code:04x}"),
                    _ => write!(literal, "\\U{code:08x}"),
                };
            }
            c => literal.push(c),
        }
    }
    literal.push(quote);
    literal
}

/// Returns whether Python writes the character without an escape. Quotes are not considered.
fn is_printable(c: char) -> bool {
    // Apart from quotes, `escape_debug` escapes the same characters. It also escapes a combining
    // character, but only at the start of a text.
    let text = String::from_iter(['a', c]);
    matches!(c, '\'' | '"') || text.escape_debug().eq(text.chars())
}
