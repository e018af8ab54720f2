//! The values in a journal of a job, and what they say about the job.

mod digest;
mod entries;
mod finished;
mod item_record;
mod keys;
mod ledger;
mod load;
mod order_record;
mod summary;

pub(crate) use self::{
    digest::Digest,
    entries::Entries,
    finished::Finished,
    item_record::{ItemRecord, ItemState, output_record},
    keys::{checkpoint_prefix, index_name, input_key, item_key, key_key, order_key, parse_index},
    ledger::{Ledger, OpenItem, lock},
    load::load,
    order_record::OrderRecord,
    summary::{Summary, summary_change},
};
