//! The text of a template, read into literal pieces and holes.

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    /// `{name}`, to be filled with the value of that name.
    Hole(String),
}

/// Reads the text of a template: `{name}` is a hole, `{{` and `}}` are braces.
///
/// The error says what is wrong, at which byte, and what to write instead.
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
                "`}}` at byte {position} closes no hole; for a brace, write `}}}}`"
            ));
        }
        let Some(end) = rest.find('}') else {
            return Err(format!(
                "`{{` at byte {position} is never closed; for a brace, write `{{{{`"
            ));
        };
        let name = rest[..end].trim();
        if !is_name(name) {
            return Err(format!(
                "`{{{name}}}` at byte {position} is no name of letters, digits and `_`; for a \
                 brace, write `{{{{`"
            ));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Hole(name.to_owned()));
        rest = &rest[end + 1..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
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

    fn hole(name: &str) -> Piece {
        Piece::Hole(name.into())
    }

    #[test]
    fn holes_stand_between_literals() {
        let expected = vec![literal("Tell "), hole("n"), literal(" jokes about "), hole("topic")];
        assert_eq!(pieces("Tell {n} jokes about { topic }"), Ok(expected));
    }

    #[test]
    fn doubled_braces_are_braces() {
        assert_eq!(pieces(r#"{{"a": 1}}"#), Ok(vec![literal(r#"{"a": 1}"#)]));
        assert_eq!(pieces("{{{name}}}"), Ok(vec![literal("{"), hole("name"), literal("}")]));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let says = |text, part: &str| {
            let error = pieces(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        };
        says("ab {topic", "`{` at byte 3 is never closed");
        says("ab }", "`}` at byte 3 closes no hole");
        says("é {a b}", "`{a b}` at byte 3 is no name");
        says("{}", "`{}` at byte 0 is no name");
    }
}
