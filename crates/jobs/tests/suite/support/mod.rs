//! What several tests use: items, steps that count their calls, and journals that crash.

mod calls;
mod crash_journal;
mod faulty_disk;
mod faulty_journal;
mod random;

pub(crate) use self::{
    calls::{Calls, keys, numbers, results},
    crash_journal::CrashJournal,
    faulty_disk::FaultyDisk,
    faulty_journal::FaultyJournal,
    random::{Random, random_cases},
};
