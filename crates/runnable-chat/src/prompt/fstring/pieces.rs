//! Parses the text of a template into literal text and variables.

use super::format_spec::FormatSpec;
use crate::excerpt::head;

/// A part of the text of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Variable(Variable),
}

/// A variable `{name}`, which is replaced by the value with this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) conversion: Option<Conversion>,
    pub(super) format: FormatSpec,
}

/// A conversion to text, such as `!r`. It happens before the value is formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// `!s`: the text that is inserted without a conversion.
    Text,
    /// `!r`: the Python literal of the value.
    Literal,
    /// `!a`: the Python literal of the value, with escapes for characters outside ASCII.
    AsciiLiteral,
}

/// Parses the text of a template. `{name}` is a variable; `{{` and `}}` are literal braces. A
/// conversion and a format can follow the name, as in Python: `{name!r:>10}`.
///
/// The error message contains the byte position of the error, and explains how to write a literal
/// brace.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let position = text.len() - rest.len() + at;
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(format!(
                "unexpected `}}` at byte {position}; to write a literal brace, use `}}}}`"
            ));
        }
        let Some(end) = rest.find('}') else {
            return Err(format!(
                "unclosed `{{` at byte {position}; to write a literal brace, use `{{{{`"
            ));
        };
        let variable = variable(&rest[..end], position)?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Variable(variable));
        rest = &rest[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Parses the text between two braces.
fn variable(field: &str, position: usize) -> Result<Variable, String> {
    let name_end = field.find(['!', ':']).unwrap_or(field.len());
    let (name, rest) = field.split_at(name_end);
    let name = name.trim();
    if !is_name(name) {
        return Err(format!(
            "invalid variable `{{{}}}` at byte {position}: expected letters, digits and `_`; to \
             write a literal brace, use `{{{{`",
            head(name)
        ));
    }
    let mut rest = rest;
    let mut conversion = None;
    if let Some(after) = rest.strip_prefix('!') {
        let (letter, after) = after.split_at(after.find(':').unwrap_or(after.len()));
        conversion = Some(match letter {
            "s" => Conversion::Text,
            "r" => Conversion::Literal,
            "a" => Conversion::AsciiLiteral,
            _ => {
                return Err(format!(
                    "invalid conversion `!{}` of variable `{{{name}}}` at byte {position}: expected \
                     `!s`, `!r` or `!a`",
                    head(letter)
                ));
            }
        });
        rest = after;
    }
    let format =
        FormatSpec::parse(rest.strip_prefix(':').unwrap_or_default()).map_err(|reason| {
            format!("invalid format of variable `{{{name}}}` at byte {position}: {reason}")
        })?;
    Ok(Variable { name: name.to_owned(), conversion, format })
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.into())
    }

    fn variable(name: &str) -> Piece {
        let format = FormatSpec::default();
        Piece::Variable(Variable { name: name.into(), conversion: None, format })
    }

    #[test]
    fn names_in_braces_are_variables() {
        let expected =
            vec![literal("Tell "), variable("n"), literal(" jokes about "), variable("topic")];
        assert_eq!(pieces("Tell {n} jokes about { topic }"), Ok(expected));
    }

    #[test]
    fn doubled_braces_are_literal_braces() {
        assert_eq!(pieces(r#"{{"a": 1}}"#), Ok(vec![literal(r#"{"a": 1}"#)]));
        assert_eq!(pieces("{{{name}}}"), Ok(vec![literal("{"), variable("name"), literal("}")]));
    }

    #[test]
    fn an_error_contains_the_byte_position() {
        let assert_error = |text: &str, expected: &str| {
            let error = pieces(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        assert_error("ab {topic", "unclosed `{` at byte 3");
        assert_error("ab }", "unexpected `}` at byte 3");
        assert_error("é {a b}", "invalid variable `{a b}` at byte 3");
        assert_error("{}", "invalid variable `{}` at byte 0");
        assert_error("{a!x}", "invalid conversion `!x` of variable `{a}` at byte 0");
        assert_error("{a:q}", "invalid format of variable `{a}` at byte 0");
        assert_error("{a:{b}}", "nested variable");
        assert_error("{\n  'a\n b}", "invalid variable `{'a\\n b}` at byte 0");
        assert_error(&format!("{{{}}}", "a ".repeat(99)), "a a …}` at byte 0");
        assert_error("{a!\n}", "invalid conversion `!\\n`");
        assert_error("{a:\nq}", "unexpected `\\nq` in `\\nq`");
    }
}
