//! Regular responses of every API, with each single change that services have been seen to make: a
//! field that is null, missing, of another type, or repeated; an event that is missing, repeated,
//! or swapped with the next; a stream that is truncated.
//!
//! The rest of the response must be read, or the response must be refused. A truncated response
//! must not count as complete, a call must not get arguments that the model did not write, and
//! nothing may panic.

mod check;
mod lists;
mod mutant;
mod reply;
mod samples;
mod table;

use check::check;
use table::Table;
use tokio::runtime::Builder;

#[test]
fn a_change_of_a_response_affects_only_its_own_part() {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    let mut table = Table::default();
    for sample in samples::all() {
        check(&sample, &mut table, &runtime);
    }
    lists::check(&mut table, &runtime);
    println!("{table}");
    assert!(table.mutations() > 5_000, "{table}");
    assert!(table.failures().is_empty(), "{}", table.failures().join("\n"));
}
