//! The notes in the line of a run, which distinguish the run from other runs with the same name.

use serde_json::Value;

use crate::text::{beginning, one_line, preview};

/// The number of characters to which a printed error message is shortened.
const MESSAGE: usize = 200;

/// The position of a run, and where its closure is in the source code.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place<'a> {
    /// The index of the input in a batch.
    pub(super) item: Option<u64>,
    /// The number of the attempt.
    pub(super) attempt: Option<u32>,
    /// The tag of the position.
    pub(super) tag: Option<&'a str>,
    /// The source location, such as `src/main.rs:12`.
    pub(super) source: Option<&'a str>,
}

impl Place<'_> {
    /// Returns the notes that distinguish a run from runs with the same name: its index in a batch
    /// (`item 3`), its position in the parent run (`branch 1`, `attempt 2`, `as joke`), and its
    /// source location (`src/main.rs:12`).
    ///
    /// A first attempt has a note only if it `failed`. Otherwise, every step with retries would
    /// have this note, even if there was no retry.
    pub(super) fn note(self, failed: bool) -> String {
        let first = self.attempt.filter(|attempt| *attempt == 1 && failed);
        let first = first.map(|_| "attempt 1".to_owned());
        let item = self.item.map(|index| format!("item {index}"));
        let position = self.tag.and_then(position_of);
        let source = self.source.map(str::to_owned);
        let notes: Vec<_> = [item, first.or(position), source].into_iter().flatten().collect();
        one_line(&notes.join(", "))
    }
}

/// Returns the text to print for a tag that gives the position of a step in its parent. Returns
/// `None` for a step of a sequence, because the order of the lines already shows its position, and
/// for a first attempt.
fn position_of(tag: &str) -> Option<String> {
    let numbered = |prefix: &str, word: &str| Some(format!("{word} {}", tag.strip_prefix(prefix)?));
    match tag {
        "branch:default" => Some("default branch".to_owned()),
        _ => numbered("branch:", "branch")
            .or_else(|| numbered("condition:", "condition"))
            .or_else(|| numbered("retry:attempt:", "attempt"))
            .or_else(|| numbered("map:key:", "as")),
    }
}

/// Returns the message of an error, shortened, on one line.
pub(super) fn shortened(message: &str) -> String {
    beginning(&one_line(message), MESSAGE)
}

/// The number of characters to which the printed arguments of a tool are shortened.
const ARGUMENTS: usize = 80;

/// Returns the shortened arguments of a tool.
pub(super) fn arguments_of(input: &Value) -> String {
    preview(input, ARGUMENTS)
}
