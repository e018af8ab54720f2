//! Special tokens: control tokens, which structure a conversation, and user-defined tokens. They
//! are found in a text before the text is split into words.

use std::{borrow::Cow, collections::HashMap};

/// A part of a text that was split at its special tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Text between special tokens, which must still be encoded.
    Text(&'t str),
    /// The ID of a special token.
    Token(u32),
}

/// The special tokens of a vocabulary.
#[derive(Default)]
pub(super) struct Specials {
    /// For each first character, the tokens that start with it, longest first. The longest must be
    /// tried first, because a shorter token may be a prefix of a longer token.
    tokens: HashMap<char, Vec<Special>>,
}

struct Special {
    text: String,
    id: u32,
    guarded: bool,
}

impl Specials {
    /// Adds a token. A `guarded` token has a special meaning for the model, so a message must not
    /// be able to contain it.
    pub(super) fn add(&mut self, text: &str, id: u32, guarded: bool) {
        let Some(first) = text.chars().next() else { return };
        let tokens = self.tokens.entry(first).or_default();
        tokens.push(Special { text: text.to_owned(), id, guarded });
        tokens.sort_by_key(|token| std::cmp::Reverse(token.text.len()));
    }

    /// Splits a text into its special tokens and the texts between them.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<Part<'t>> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((at, special)) =
            rest.char_indices().find_map(|(at, _)| Some((at, self.at(rest.get(at..)?, |_| true)?)))
        {
            let (before, found) = rest.split_at(at);
            parts.push(Part::Text(before));
            parts.push(Part::Token(special.id));
            rest = found.strip_prefix(special.text.as_str()).unwrap_or_default();
        }
        parts.push(Part::Text(rest));
        parts.retain(|part| *part != Part::Text(""));
        parts
    }

    /// Breaks each guarded token in `text` by inserting `guard` after its first character.
    ///
    /// This is applied to each message before the chat template is rendered. The guards are removed
    /// after the rendered text has been split at its special tokens. The template can therefore
    /// process a message like any other text.
    pub(super) fn break_up<'t>(&self, text: &'t str, guard: char) -> Cow<'t, str> {
        let mut broken = String::new();
        let mut copied = 0;
        for (at, first) in text.char_indices() {
            let guarded = text.get(at..).and_then(|rest| self.at(rest, |token| token.guarded));
            if guarded.is_some() {
                let end = at + first.len_utf8();
                broken.push_str(text.get(copied..end).unwrap_or_default());
                broken.push(guard);
                copied = end;
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        broken.push_str(text.get(copied..).unwrap_or_default());
        Cow::Owned(broken)
    }

    fn at(&self, text: &str, wanted: impl Fn(&Special) -> bool) -> Option<&Special> {
        let tokens = self.tokens.get(&text.chars().next()?)?;
        tokens.iter().find(|token| wanted(token) && text.starts_with(&token.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn specials() -> Specials {
        let mut specials = Specials::default();
        specials.add("<|end|>", 1, true);
        specials.add("<|end|><|end|>", 2, true);
        specials.add("<tool>", 3, false);
        specials
    }

    #[test]
    fn the_longest_token_is_found() {
        use Part::{Text, Token};
        let parts = specials().split("a<|end|>b<|end|><|end|><tool><|en");
        assert_eq!(parts, [Text("a"), Token(1), Text("b"), Token(2), Token(3), Text("<|en")]);
    }

    #[test]
    fn only_guarded_tokens_are_broken_up() {
        let broken = specials().break_up("a<|end|><|end|><tool>", '#');
        assert_eq!(broken, "a<#|end|><#|end|><tool>");
        let parts = specials().split(&broken).len();
        assert_eq!(parts, 2, "only <tool> is left");
        assert_eq!(specials().break_up("plain", '#'), "plain");
    }
}
