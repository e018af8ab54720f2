//! The notes of a line: what distinguishes a run from others with the same name, and its error.

use runnable_core::{Error, Payload, Run};

use super::line::{beginning, one_line};

/// The maximum number of characters of a tool's arguments.
const ARGUMENTS: usize = 80;

/// The maximum number of characters of an error message.
const MESSAGE: usize = 200;

/// Returns the index in a batch, the position in the parent run, and the source location of a run:
/// `item 3`, `branch 1`, `attempt 2`, `as joke`, `src/main.rs:12`.
///
/// The first attempt is named only if it `failed`. Otherwise every attempt that succeeds at once would
/// have a note.
pub(super) fn notes_of(run: &Run, failed: bool) -> String {
    let first =
        run.attempt.filter(|attempt| *attempt == 1 && failed).map(|_| "attempt 1".to_owned());
    let item = run.batch_index.map(|index| format!("item {index}"));
    // The tag of the position precedes inherited tags.
    let place = run.tags.first().and_then(|tag| place_of(tag));
    let source = run.source.map(|place| format!("{}:{}", place.file(), place.line()));
    let notes: Vec<_> = [item, first.or(place), source].into_iter().flatten().collect();
    one_line(&notes.join(", "))
}

/// Converts the tag of a position to text. Steps of a sequence have no text, because their lines
/// are already in order.
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

/// Returns the shortened message of an error, or an empty string for runs that only pass the error
/// on. The run where the error arose and the root run have the message; the runs between them do
/// not.
pub(super) fn message_of(error: &Error, run: &Run) -> String {
    match error.run_id() {
        Some(origin) if origin != run.id && !run.parent_ids.is_empty() => String::new(),
        _ => beginning(&one_line(&error.message()), MESSAGE),
    }
}
