//! Plain answers of every API, changed in every single way that services have changed them: a field
//! that is null, absent, of another type, or there twice; an event that is left out, doubled, or
//! swapped with the next; a stream that is cut.
//!
//! Whatever of an answer still stands on the wire is read, or the answer is refused. Nothing that was
//! cut passes as whole, no call gets arguments that the model did not write, and nothing panics.

mod check;
mod mutant;
mod reply;
mod samples;
mod table;

use check::check;
use table::Table;
use tokio::runtime::Builder;

#[test]
fn no_change_of_an_answer_costs_more_than_what_it_changes() {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    let mut table = Table::default();
    for sample in samples::all() {
        check(&sample, &mut table, &runtime);
    }
    println!("{table}");
    assert!(table.mutations() > 5_000, "{table}");
    assert!(table.wrong().is_empty(), "{}", table.wrong().join("\n"));
}
