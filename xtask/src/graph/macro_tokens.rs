//! Finds paths in the tokens of a macro call, because `syn` does not parse these tokens.

use proc_macro2::{Literal, TokenStream, TokenTree};

use super::module::Path;

/// A path in the tokens of a macro.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) path: Path,
    pub(super) line: usize,
}

/// Returns everything in the tokens that looks like a path, including tokens inside brackets.
pub(super) fn mentions(tokens: &TokenStream) -> Vec<Mention> {
    let mut mentions = Vec::new();
    add_mentions(tokens, &mut mentions);
    mentions
}

/// Returns all literals in the tokens, including literals inside brackets.
pub(super) fn literals(tokens: &TokenStream) -> Vec<TokenTree> {
    let mut literals = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => literals.extend(self::literals(&group.stream())),
            TokenTree::Literal(literal) => literals.push(Literal::into(literal)),
            _ => {}
        }
    }
    literals
}

fn add_mentions(tokens: &TokenStream, mentions: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == ':');
    let is_path_sign = |at: usize| is_colon(at) && is_colon(at + 1);
    let is_mark = |at: usize, marks: &str| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if marks.contains(it.as_char()));
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => add_mentions(&group.stream(), mentions),
            TokenTree::Ident(ident) => {
                let start = at;
                let mut segments = vec![ident.to_string()];
                while is_path_sign(at + 1)
                    && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                {
                    segments.push(next.to_string());
                    at += 3;
                }
                // `is_part` is true for a field, a method or a lifetime, and `is_label` for the
                // name of a field before its value. They are not paths.
                let is_part = start > 0 && is_mark(start - 1, ".'");
                let is_label = segments.len() == 1 && is_colon(at + 1) && !is_colon(at + 2);
                if !is_part && !is_label {
                    let is_absolute = start > 1 && is_path_sign(start - 2);
                    let path = Path { is_absolute, segments };
                    mentions.push(Mention { path, line: ident.span().start().line });
                }
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_fields_and_labels() {
        let tokens: TokenStream =
            "a.b, C { d: e::F, g }, ::h::I, [crate::j::K::new()], 'l, m.n::<O>()"
                .parse()
                .expect("tokens");
        let mentions = mentions(&tokens);
        let paths: Vec<_> = mentions.iter().map(|it| it.path.segments.join("::")).collect();
        assert_eq!(paths, ["a", "C", "e::F", "g", "h::I", "crate::j::K::new", "m", "O"]);
        let absolute: Vec<_> = mentions.iter().filter(|it| it.path.is_absolute).collect();
        assert_eq!(absolute.len(), 1);
    }
}
