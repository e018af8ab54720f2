//! A panic that is an error.

use std::{
    any::Any,
    cell::Cell,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use futures_util::{FutureExt, future};

use crate::{Error, ErrorKind, Result};

/// How many characters of the message of a panic an error repeats.
const LONGEST: usize = 1_000;

thread_local! {
    /// The error of the panic that unwinds, with the scopes that it has left so far.
    static UNWINDING: Cell<Option<Error>> = const { Cell::new(None) };
}

/// Forgets what a panic may have left here that something else has caught.
pub(crate) fn forget() {
    UNWINDING.set(None);
}

/// The error of a panic that was caught. `leave` says of it where it was, if no scope has.
#[cold]
pub(crate) fn panicked(panic: &(dyn Any + Send), leave: impl FnOnce(Error) -> Error) -> Error {
    let error = UNWINDING.take().unwrap_or_else(unnamed);
    leave(error.with_message(message(panic)))
}

/// Makes a call, and an error of its panic: what was running is dropped, and never polled again.
/// `leave` says of that error where it was, if no scope has.
///
/// It is for runs that have others beside them, which a panic is not to take with it.
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

/// What the error of a panic says: the message of the panic, cut short if it is long.
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

/// Writes down, if a panic unwinds while this is held, which scope it leaves. It costs nothing
/// otherwise, unlike to catch the panic in each scope.
pub(crate) struct Unwinding<'a, L: Fn(Error) -> Error> {
    leave: &'a L,
}

impl<'a, L: Fn(Error) -> Error> Unwinding<'a, L> {
    /// `leave` says of an error that it leaves the scope.
    #[inline]
    pub(crate) fn from(leave: &'a L) -> Self {
        Self { leave }
    }

    /// No panic came.
    #[inline]
    pub(crate) fn over(self) {
        mem::forget(self);
    }
}

impl<L: Fn(Error) -> Error> Drop for Unwinding<'_, L> {
    #[cold]
    fn drop(&mut self) {
        let error = UNWINDING.take().unwrap_or_else(unnamed);
        // It asks a step for its name, and a second panic on the way out would end the program.
        let left = catch_unwind(AssertUnwindSafe(|| (self.leave)(error)));
        UNWINDING.set(Some(left.unwrap_or_else(|_| unnamed())));
    }
}
