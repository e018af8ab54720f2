//! What tells a run from others of the same name, and what its error says.

use runnable_core::{Error, Payload, Run};

use super::line::{beginning, one_line};

/// How many characters of the arguments of a tool are shown.
const ARGUMENTS: usize = 80;

/// How many characters of the message of an error are shown.
const MESSAGE: usize = 200;

/// The item of a batch, the place in the run around it, and the place in the source: `item 3`,
/// `branch 1`, `attempt 2`, `as joke`, `src/main.rs:12`.
///
/// The first attempt says so if it `failed`, because it may be the only one.
pub(super) fn notes_of(run: &Run, failed: bool) -> String {
    let first =
        run.attempt.filter(|attempt| *attempt == 1 && failed).map(|_| "attempt 1".to_owned());
    let item = run.batch_index.map(|index| format!("item {index}"));
    // The place comes before the tags that the run inherits.
    let place = run.tags.first().and_then(|tag| place_of(tag));
    let source = run.source.map(|place| format!("{}:{}", place.file(), place.line()));
    let notes: Vec<_> = [item, first.or(place), source].into_iter().flatten().collect();
    one_line(&notes.join(", "))
}

/// A place in words. The steps of a sequence stand in their order, which says enough.
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

/// The arguments of a tool, cut short.
pub(super) fn arguments_of(input: &Payload<'_>) -> Option<String> {
    Some(beginning(&one_line(&input.to_json().ok()?.to_string()), ARGUMENTS))
}

/// What an error says, cut short, in the line of the run where it arose and of the outermost run. The
/// lines between them do not repeat it.
pub(super) fn message_of(error: &Error, run: &Run) -> String {
    match error.run_id() {
        Some(origin) if origin != run.id && !run.parent_ids.is_empty() => String::new(),
        _ => beginning(&one_line(&error.message()), MESSAGE),
    }
}
