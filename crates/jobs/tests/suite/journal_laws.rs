//! The laws of journals, for the journals of this crate.

use std::collections::BTreeMap;

use futures::executor::block_on;
use proptest::prelude::*;
use redb::Database;
use runnable_jobs::journal::{
    Journal, JournalChange, JournalKey, JournalPart, MemoryJournal, RedbJournal,
};

use crate::support::{FaultyDisk, random_cases};

#[derive(Clone, Debug)]
enum Action {
    Write(Vec<(JournalKey, Option<Vec<u8>>)>),
    Read(Vec<JournalKey>),
    Scan(JournalPart, Option<String>, usize),
    Reopen,
}

fn part() -> impl Strategy<Value = JournalPart> {
    prop::sample::select(vec![JournalPart::Job, JournalPart::Item, JournalPart::Checkpoint])
}

fn key() -> impl Strategy<Value = JournalKey> {
    (part(), "[a-c/é]{0,3}").prop_map(|(part, name)| JournalKey::new(part, name))
}

fn action() -> impl Strategy<Value = Action> {
    let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..40));
    prop_oneof![
        4 => prop::collection::vec((key(), value), 0..6).prop_map(Action::Write),
        2 => prop::collection::vec(key(), 0..5).prop_map(Action::Read),
        3 => (part(), prop::option::of("[a-c/é]{0,3}"), 1..5_usize)
            .prop_map(|(part, after, limit)| Action::Scan(part, after, limit)),
        1 => Just(Action::Reopen),
    ]
}

/// Applies the actions to a journal and to a map, and compares what they return.
fn agrees<J: Journal>(actions: Vec<Action>, mut reopen: impl FnMut(Option<J>) -> J) {
    let mut journal = reopen(None);
    let mut map: BTreeMap<JournalKey, Vec<u8>> = BTreeMap::new();
    for action in actions {
        match action {
            Action::Write(changes) => {
                let change = |(key, value): &(JournalKey, Option<Vec<u8>>)| match value {
                    Some(value) => JournalChange::put(key.clone(), value.clone()),
                    None => JournalChange::delete(key.clone()),
                };
                let written = journal.write(changes.iter().map(change).collect());
                block_on(written).expect("the journal works");
                for (key, value) in changes {
                    match value {
                        Some(value) => _ = map.insert(key, value),
                        None => _ = map.remove(&key),
                    }
                }
            }
            Action::Read(keys) => {
                let expected: Vec<_> = keys.iter().map(|key| map.get(key).cloned()).collect();
                let found = block_on(journal.read(keys)).expect("the journal works");
                assert_eq!(found, expected);
            }
            Action::Scan(part, after, limit) => {
                let mut found = Vec::new();
                let mut next = after.clone();
                loop {
                    let page = block_on(journal.scan(part, next.clone(), limit));
                    let page = page.expect("the journal works");
                    assert!(page.len() <= limit);
                    let Some((last, _)) = page.last() else { break };
                    next = Some(last.clone());
                    found.extend(page);
                }
                let entries = map.iter().filter(|(key, _)| {
                    key.part == part && after.as_ref().is_none_or(|after| key.name > *after)
                });
                let expected: Vec<_> =
                    entries.map(|(key, value)| (key.name.clone(), value.clone())).collect();
                assert_eq!(found, expected);
            }
            Action::Reopen => journal = reopen(Some(journal)),
        }
    }
}

proptest! {
    #![proptest_config(random_cases(64))]

    #[test]
    fn a_journal_in_a_database_is_a_map(actions in prop::collection::vec(action(), 0..30)) {
        let disk = FaultyDisk::new(u64::MAX);
        agrees(actions, |journal| {
            drop(journal);
            let database = Database::builder().create_with_backend(disk.clone());
            RedbJournal::with_database(database.expect("the disk works")).expect("threads start")
        });
    }

    #[test]
    fn a_journal_in_memory_is_a_map(actions in prop::collection::vec(action(), 0..40)) {
        agrees(actions, |journal| journal.unwrap_or_else(MemoryJournal::new));
    }
}

#[test]
fn changes_of_a_dropped_write_are_made() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let journal = RedbJournal::open(folder.path()).expect("the disk works");
    let key = JournalKey::new(JournalPart::Item, "a");
    drop(journal.write(vec![JournalChange::put(key.clone(), "b")]));
    drop(journal);
    let journal = RedbJournal::open(folder.path()).expect("the disk works");
    assert_eq!(block_on(journal.read(vec![key])).ok(), Some(vec![Some(b"b".to_vec())]));
    assert!(!journal.was_repaired());
}
