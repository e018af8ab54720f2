//! Whether a thread may block.

use std::{
    future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

use tokio::{
    runtime::{Handle, Runtime},
    sync::Semaphore,
    task,
};

/// More than the number of operations after which tokio makes a task yield.
const MORE_THAN_A_TURN: usize = 256;

/// Returns whether this thread may block, which it may not while it polls a future of tokio's.
///
/// Tokio knows that, and panics in `block_on`, but has no function that says so. A handle on a
/// runtime is not enough: `spawn_blocking` and `block_in_place` have one, and may block.
pub(super) fn may_block(runtime: &Runtime) -> bool {
    Handle::try_current().is_err() || !(on_scheduler() || in_turn() || refuses(runtime))
}

/// Returns whether the thread belongs to a scheduler that is polling a future.
///
/// Outside of one, tokio wakes a task that yields at once.
fn on_scheduler() -> bool {
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let pending = pin!(task::yield_now()).poll(&mut Context::from_waker(&waker)).is_pending();
    pending && !woken.0.load(Ordering::Relaxed)
}

/// Returns whether the code runs in a turn of a future, such as the main future of a runtime with
/// several threads, which no scheduler polls.
///
/// Such a turn ends after so many operations, even if each could go on. So this uses up the turn of
/// a caller that is refused, which therefore yields a little sooner.
fn in_turn() -> bool {
    let semaphore = Semaphore::new(1);
    (0..MORE_THAN_A_TURN).any(|_| {
        let acquired = pin!(semaphore.acquire());
        acquired.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    })
}

/// Asks tokio itself, which panics if the thread may not block.
///
/// Only a main future that is `unconstrained` comes to this, so that no panic is printed elsewhere.
fn refuses(runtime: &Runtime) -> bool {
    catch_unwind(AssertUnwindSafe(|| runtime.block_on(future::ready(())))).is_err()
}
