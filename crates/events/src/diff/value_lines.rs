//! Writes a JSON value as lines. A line does not change if another part of the value changes.

use serde_json::Value;

/// Returns one line for each leaf of the value: its path and its value.
///
/// Each line of a text becomes a separate line, so that a changed word in a long prompt changes
/// only one line.
pub(super) fn lines_of(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    add(&mut lines, String::new(), value);
    lines
}

fn add(lines: &mut Vec<String>, path: String, value: &Value) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                add(lines, format!("{path}{dot}{key}"), value);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                add(lines, format!("{path}[{index}]"), value);
            }
        }
        Value::String(text) => {
            let label = label(&path);
            // `split` keeps an empty last line, so that a line break at the end is a difference.
            lines.extend(text.split('\n').map(|line| format!("{label}{line}")));
        }
        leaf => lines.push(format!("{}{leaf}", label(&path))),
    }
}

fn label(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_leaf_and_each_line_of_a_text_is_a_line() {
        let value = json!({"messages": [{"content": "a\nb", "n": 1}], "stop": [], "seed": null});
        let expected = [
            "messages[0].content: a",
            "messages[0].content: b",
            "messages[0].n: 1",
            "stop: []",
            "seed: null",
        ];
        assert_eq!(lines_of(&value), expected);
        assert_eq!(lines_of(&json!("a\n")), ["a", ""]);
    }
}
