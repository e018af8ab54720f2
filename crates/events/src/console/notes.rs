//! The notes in the line of a run: its error, and what distinguishes the run from other runs with
//! the same name.

use runnable_core::{Error, Payload, Run};

use super::line::{beginning, one_line};

/// The number of characters to which the printed arguments of a tool are shortened.
const ARGUMENTS: usize = 80;

/// The number of characters to which a printed error message is shortened.
const MESSAGE: usize = 200;

/// Returns what distinguishes a run from runs with the same name: its index in a batch (`item 3`),
/// its position in the parent run (`branch 1`, `attempt 2`, `as joke`), and its source location
/// (`src/main.rs:12`).
///
/// A first attempt has a note only if it `failed`. Otherwise, every step with retries would have
/// this note, even if no retry was necessary.
pub(super) fn notes_of(run: &Run, failed: bool) -> String {
    let first =
        run.attempt.filter(|attempt| *attempt == 1 && failed).map(|_| "attempt 1".to_owned());
    let item = run.batch_index.map(|index| format!("item {index}"));
    // The first tag is the position of the run in its parent, if there is one. Inherited tags
    // follow.
    let place = run.tags.first().and_then(|tag| place_of(tag));
    let source = run.source.map(|place| format!("{}:{}", place.file(), place.line()));
    let notes: Vec<_> = [item, first.or(place), source].into_iter().flatten().collect();
    one_line(&notes.join(", "))
}

/// Returns the text to print for a tag that gives the position of a step in its parent. Returns
/// `None` for a step of a sequence, because the order of the lines already shows its position.
fn place_of(tag: &str) -> Option<String> {
    let numbered = |prefix: &str, word: &str| Some(format!("{word} {}", tag.strip_prefix(prefix)?));
    match tag {
        "branch:default" => Some("default branch".to_owned()),
        _ => numbered("branch:", "branch")
            .or_else(|| numbered("condition:", "condition"))
            .or_else(|| numbered("retry:attempt:", "attempt"))
            .or_else(|| numbered("map:key:", "as")),
    }
}

/// Returns the shortened arguments of a tool.
pub(super) fn arguments_of(input: &Payload<'_>) -> Option<String> {
    Some(beginning(&one_line(&input.to_json().ok()?.to_string()), ARGUMENTS))
}

/// Returns the shortened message of an error, to be printed in the line of `run`. The message is
/// printed for the run in which the error occurred and for the root run. For the runs between these
/// two, which only pass the error on, the function returns an empty string.
pub(super) fn message_of(error: &Error, run: &Run) -> String {
    match error.run_id() {
        Some(origin) if origin != run.id && !run.parent_ids.is_empty() => String::new(),
        _ => beginning(&one_line(&error.message()), MESSAGE),
    }
}
