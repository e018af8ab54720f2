//! [`may_block`]: checks whether the current thread may block.

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

/// A number of operations that is larger than the number after which tokio forces a task to yield.
const MORE_THAN_A_TURN: usize = 256;

/// Returns whether the current thread may block. It must not block while it polls a future of
/// tokio.
///
/// If the thread must not block, tokio panics in `block_on`, but tokio has no function to check
/// this before. It is not enough to check whether there is a runtime handle: `spawn_blocking` and
/// `block_in_place` have one, and may block.
pub(super) fn may_block(runtime: &Runtime) -> bool {
    Handle::try_current().is_err() || !(on_scheduler() || in_turn() || refuses(runtime))
}

/// Returns whether the current thread belongs to a scheduler that is polling a future.
///
/// On other threads, tokio wakes a task that yields immediately. A scheduler delays this.
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

/// Returns whether the code runs within the cooperative budget of a future that no scheduler polls,
/// such as the main future of a runtime with several threads.
///
/// Such a budget ends after a fixed number of operations. This check uses up the budget of a caller
/// that must not block, so that caller must yield a little sooner.
fn in_turn() -> bool {
    let semaphore = Semaphore::new(1);
    (0..MORE_THAN_A_TURN).any(|_| {
        let acquired = pin!(semaphore.acquire());
        acquired.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    })
}

/// Returns whether tokio panics if the current thread blocks.
///
/// The earlier checks recognise all other cases, so this check is used only for an `unconstrained`
/// main future. It therefore prints a panic message only in that case.
fn refuses(runtime: &Runtime) -> bool {
    catch_unwind(AssertUnwindSafe(|| runtime.block_on(future::ready(())))).is_err()
}
