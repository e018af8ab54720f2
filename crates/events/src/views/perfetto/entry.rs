//! [`Entry`]: an event of the file, before it is written.

use std::time::Duration;

use crate::TraceRun;

/// An event of the file: its time, its run, and its kind.
///
/// The entries of all events are sorted before the events are created, so that only one event at a
/// time is in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) at: Duration,
    /// The number of the run.
    pub(super) run: usize,
    pub(super) kind: EntryKind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum EntryKind {
    Begin,
    /// A chunk, by its index. `text` is where its text starts in the text of the run.
    Chunk {
        index: usize,
        text: usize,
    },
    /// An occurrence, by its index.
    Occurrence(usize),
    End,
}

/// Returns the entries of all runs, in the order of time. Entries with the same time keep the order
/// that they have in their run.
pub(super) fn entries(runs: &[TraceRun]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = runs.iter().flat_map(entries_of).collect();
    entries.sort_by_key(|entry| entry.at);
    entries
}

fn entries_of(run: &TraceRun) -> impl Iterator<Item = Entry> {
    let (start, end, number) = (run.start, run.last_time(), run.number());
    // Events of a run must be within the run.
    let entry = move |at: Duration, kind| Entry { at: at.clamp(start, end), run: number, kind };
    let mut text = 0usize;
    let chunks = run.chunks.iter().enumerate().map(move |(index, chunk)| {
        let start = text;
        text = text.saturating_add(chunk.text_bytes);
        entry(chunk.at, EntryKind::Chunk { index, text: start })
    });
    let occurrences = run.occurrences.iter().enumerate();
    let occurrences = occurrences
        .map(move |(index, occurrence)| entry(occurrence.at, EntryKind::Occurrence(index)));
    let begin = [entry(start, EntryKind::Begin)].into_iter();
    begin.chain(chunks).chain(occurrences).chain([entry(end, EntryKind::End)])
}
