//! Loads recordings from files and from standard input.

use std::{io, path::Path};

use runnable::events::{RecordedEvent, Recording, Trace};

use crate::{
    arguments::Recorded,
    exit::{Failure, Result},
};

/// The maximum number of names in an error.
const NAMES: usize = 10;

/// Loads the trace of a recording. Contains only the root runs that `--root` selects.
pub(crate) fn trace(recorded: &Recorded) -> Result<Trace> {
    let recording = recording(&recorded.file)?;
    let Some(root) = recorded.root.as_deref() else {
        return Ok(Trace::from_events(recording.events()));
    };
    let is_chosen = |event: &&RecordedEvent| {
        let name = event.path.first().unwrap_or(&event.name);
        name == root || event.root_id().starts_with(root)
    };
    let trace = Trace::from_events(recording.events().iter().filter(is_chosen));
    if trace.runs().is_empty() {
        let all = Trace::from_events(recording.events());
        return Err(Failure::new(format!(
            "`{}` contains no root run `{root}`: expected {} or the ID of a root run",
            recorded.file.display(),
            names_of_roots(&all)
        )));
    }
    Ok(trace)
}

/// Returns the first names of root runs, and the number of the other names.
fn names_of_roots(trace: &Trace) -> String {
    let mut names: Vec<_> = trace.roots().map(|run| &*run.name).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    // Control characters could move the cursor of a terminal.
    let shown = names.iter().map(|name| name.replace(char::is_control, "\u{fffd}"));
    let mut shown: Vec<_> = shown.map(|name| format!("`{name}`")).collect();
    match more {
        0 => {}
        1 => shown.push("1 more name".to_owned()),
        _ => shown.push(format!("{more} more names")),
    }
    shown.join(", ")
}

/// Loads the recording in `file` and in the files that continue it. `-` is standard input.
pub(crate) fn recording(file: &Path) -> Result<Recording> {
    let recording = if file == Path::new("-") {
        Recording::read(io::stdin().lock())?
    } else {
        Recording::load_rotation(file)?
    };
    warn_of_damage(&recording, file);
    if recording.events().is_empty() {
        let lines = recording.broken_lines().len();
        return Err(Failure::new(match lines {
            0 => format!("`{}` contains no events", file.display()),
            _ => format!(
                "`{}` is not a recording: none of its {lines} lines is an event; pass a file that \
                 a `Recorder` has written",
                file.display()
            ),
        }));
    }
    Ok(recording)
}

/// Returns the name of a file without its folder, because a folder can contain private names.
pub(crate) fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// Prints to standard error which parts of a recording could not be read.
fn warn_of_damage(recording: &Recording, file: &Path) {
    let file = file.display();
    if let [first, ..] = recording.broken_lines()
        && !recording.events().is_empty()
    {
        let count = recording.broken_lines().len();
        let (line, reason) = (first.line, &first.reason);
        let lines = if count == 1 { "line" } else { "lines" };
        eprintln!("runnable: skipped {count} invalid {lines} of `{file}`; line {line}: {reason}");
    }
    let missing = recording.missing_events();
    if missing > 0 {
        let events = if missing == 1 { "event is" } else { "events are" };
        eprintln!("runnable: {missing} {events} missing from `{file}`");
    }
}
