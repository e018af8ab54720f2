//! Conversion of panics to errors.

use std::{
    any::Any,
    cell::Cell,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures_util::{FutureExt, future};

use crate::{Error, ErrorKind, Result};

/// The maximum number of characters of a panic message in an error.
const LONGEST: usize = 1_000;

thread_local! {
    /// The error of the panic that is unwinding. Its path contains the scopes that the panic has
    /// left so far.
    static UNWINDING: Cell<Option<Error>> = const { Cell::new(None) };
}

/// Forgets an earlier panic, which other code has caught.
pub(crate) fn forget() {
    UNWINDING.set(None);
}

/// Returns the error for a panic that was caught. If no scope has added a path to the error,
/// `leave` adds it.
#[cold]
pub(crate) fn panicked(panic: &(dyn Any + Send), leave: impl FnOnce(Error) -> Error) -> Error {
    let error = UNWINDING.take().unwrap_or_else(unnamed);
    leave(error.with_message(message(panic)))
}

/// Makes a call, and converts its panic to an error. After a panic, the call is dropped and not
/// polled again. If no scope has added a path to the error, `leave` adds it.
///
/// Used for runs with concurrent sibling runs, which the panic must not affect.
pub(crate) fn caught<T, F: Future<Output = Result<T>>>(
    call: impl FnOnce() -> F,
    leave: impl FnOnce(Error) -> Error,
) -> impl Future<Output = Result<T>> {
    let call = future::lazy(|_| {
        forget();
        call()
    });
    let caught = AssertUnwindSafe(call.flatten()).catch_unwind();
    caught.map(|result| result.unwrap_or_else(|panic| Err(panicked(&*panic, leave))))
}

fn unnamed() -> Error {
    Error::new(ErrorKind::Panic, "the step panicked")
}

/// Returns the message for the error of a panic. A long panic message is truncated.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    match text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)) {
        Some(text) => match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("the step panicked: {}…", &text[..end]),
            None => format!("the step panicked: {text}"),
        },
        None => "the step panicked with a value that is not text".to_owned(),
    }
}

/// Records which scope a panic leaves, if the program panics while this value is held.
///
/// Without a panic, this costs nothing. Catching the panic in each scope would cost time in every
/// call.
///
/// The function is a trait object, so that the code for a panic is not compiled for each step.
pub(crate) struct Unwinding<'a> {
    leave: &'a dyn Fn(Error) -> Error,
}

impl<'a> Unwinding<'a> {
    /// Creates the guard. `leave` records that an error leaves the scope.
    #[inline]
    pub(crate) fn from(leave: &'a dyn Fn(Error) -> Error) -> Self {
        Self { leave }
    }

    /// Disarms the guard, because no panic has occurred.
    #[inline]
    pub(crate) fn over(self) {
        mem::forget(self);
    }
}

impl Drop for Unwinding<'_> {
    #[cold]
    fn drop(&mut self) {
        let error = UNWINDING.take().unwrap_or_else(unnamed);
        // `leave` calls user code for the name of the step. A second panic during unwinding would
        // abort the program.
        let left = catch_unwind(AssertUnwindSafe(|| (self.leave)(error)));
        UNWINDING.set(Some(left.unwrap_or_else(|_| unnamed())));
    }
}
