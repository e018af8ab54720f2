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
    leave(error.with_message(message("the step", panic)))
}

impl Error {
    /// Creates the error for a panic that a step has caught, of kind [`ErrorKind::Panic`].
    ///
    /// `subject` is what has panicked. The path of the error contains the steps that the panic has
    /// left, so call this function on the thread that has caught the panic, and before the thread
    /// does anything else. To catch the panics of a whole step, use
    /// [`Scope::invoke_caught`](crate::Scope::invoke_caught).
    ///
    /// ```
    /// use std::panic::catch_unwind;
    /// use runnable_core::{Error, ErrorKind};
    ///
    /// # std::panic::set_hook(Box::new(|_| ()));
    /// let caught = catch_unwind(|| panic!("the list is empty"));
    /// let error = caught.map_err(|panic| Error::from_panic("the sorter", &*panic)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Panic);
    /// assert_eq!(error.message(), "the sorter panicked: the list is empty");
    /// ```
    #[cold]
    pub fn from_panic(subject: &str, panic: &(dyn Any + Send)) -> Self {
        UNWINDING.take().unwrap_or_else(unnamed).with_message(message(subject, panic))
    }
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
pub(crate) fn message(subject: &str, panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    match text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)) {
        Some(text) => match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{subject} panicked: {}…", &text[..end]),
            None => format!("{subject} panicked: {text}"),
        },
        None => format!("{subject} panicked with a value that is not text"),
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
