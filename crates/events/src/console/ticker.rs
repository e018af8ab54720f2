//! The thread that draws the lines of open runs again and again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::printer::Printer;

/// The time between two redraws.
const PERIOD: Duration = Duration::from_millis(100);

/// Starts a thread that draws the open runs ten times per second.
///
/// A thread keeps the times current while a model does not answer, and even while a step blocks the
/// threads of the runtime. If only events triggered redraws, the times would not change in these
/// two cases, which are the most important ones. The thread ends when no run is open, or when the
/// tree is dropped. The next run starts it again.
///
/// If the system refuses a new thread, only the lines of ended runs are printed.
pub(super) fn start(printer: &Arc<Mutex<Printer>>) {
    let shared = Arc::clone(printer);
    let thread = thread::Builder::new().name("console-tree".to_owned());
    let started = thread.spawn(move || {
        loop {
            thread::sleep(PERIOD);
            if !shared.lock().unwrap_or_else(PoisonError::into_inner).tick() {
                return;
            }
        }
    });
    if started.is_err() {
        printer.lock().unwrap_or_else(PoisonError::into_inner).ticker_failed();
    }
}
