//! Finds the choice that a model made among several names.

use runnable_core::{Error, ErrorKind, Result};

use crate::{
    excerpt::head,
    nearest::{listed, nearest},
};

/// Returns the index of the name that the answer consists of.
///
/// White space, quotes, emphasis and a full stop around the name are ignored, and so is the
/// difference between upper and lower case, unless it distinguishes two names.
pub(super) fn choose(answer: &str, names: &[&str]) -> Result<usize> {
    let is_decoration = |c: char| c.is_whitespace() || "\"'`*_.“”".contains(c);
    let stripped = answer.trim_matches(is_decoration);
    let find = |is_same: &dyn Fn(&str) -> bool| names.iter().position(|name| is_same(name));
    // A name can itself start or end with such a character.
    let exact = find(&|name| name == answer.trim());
    let plain = || find(&|name| name.trim_matches(is_decoration) == stripped);
    let lower = stripped.to_lowercase();
    let similar = || find(&|name| name.trim_matches(is_decoration).to_lowercase() == lower);
    let is_empty = stripped.is_empty();
    let found = exact.or_else(|| if is_empty { None } else { plain().or_else(similar) });
    found.ok_or_else(|| {
        let expected = listed(names);
        let hint = nearest(stripped, names.iter().copied())
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        let answer = head(answer.trim());
        let message =
            format!("unknown value `{answer}` in the model's answer: expected {expected}{hint}");
        Error::new(ErrorKind::Parse, message)
    })
}

/// Returns a sentence for the prompt that asks the model for one of the names.
pub(super) fn instructions(names: &[&str]) -> String {
    format!("Answer with only one of these values, without other text: {}", names.join(", "))
}
