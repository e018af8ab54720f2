//! Distribution of one input stream to several branches. Each branch is a stream of the same
//! chunks.

use std::{
    array,
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Waker, ready},
};

use futures_core::Stream;
use futures_util::StreamExt;

use super::turns::Turns;
use crate::{ChunkStream, Chunked, Result};

/// The maximum number of chunks that a branch may be ahead of another branch.
const LEAD: usize = 256;

/// If a branch waits for the other branches before it takes the end of the input, and no other
/// branch takes anything, the branch stops waiting after it was polled this many times within one
/// round.
const PATIENCE: u8 = 4;

/// Returns `N` streams that each yield every chunk of `input`.
///
/// The stream that is polled first pulls the chunk from `input`, and the other streams find it in
/// their queues. The queues are bounded: a stream that is [`LEAD`] chunks ahead of another stream
/// waits until the other stream has taken some chunks or is dropped. A stream that has no chunks
/// left receives the end of the input after the streams that still have chunks to take.
pub(super) fn tee<T: Chunked, const N: usize>(
    input: ChunkStream<T>,
    turns: &Turns,
) -> [ChunkStream<T>; N] {
    let source = Arc::new(Mutex::new(Source::new(input, N, turns.clone())));
    array::from_fn(|index| Tee::stream(&source, index))
}

/// Returns two streams that each yield every chunk of `input`. The first is the stream of kept
/// values, which are passed on unchanged. The second is the stream for the added steps, which
/// compute further values.
///
/// The second stream receives a chunk only after the first stream has taken the earlier chunks.
/// Otherwise, an added step that takes all chunks in a single poll would process them before the
/// first chunk is passed on.
pub(super) fn tee_kept<T: Chunked>(input: ChunkStream<T>, turns: &Turns) -> [ChunkStream<T>; 2] {
    let mut source = Source::new(input, 2, turns.clone());
    source.first_is_kept = true;
    source.branches.iter_mut().take(1).flatten().for_each(|kept| kept.ends_at_once = true);
    let source = Arc::new(Mutex::new(source));
    array::from_fn(|index| Tee::stream(&source, index))
}

/// Returns `count` streams that each yield every chunk of `input`. This is [`tee`] for a number
/// that is known only at run time.
pub(super) fn tee_many<T: Chunked>(
    input: ChunkStream<T>,
    count: usize,
    turns: &Turns,
) -> impl Iterator<Item = ChunkStream<T>> + use<T> {
    let source = Arc::new(Mutex::new(Source::new(input, count, turns.clone())));
    (0..count).map(move |index| Tee::stream(&source, index))
}

struct Source<T: Chunked> {
    /// The input. `None` after it has ended.
    input: Option<ChunkStream<T>>,
    /// The branches. An entry is `None` if the stream of the branch was dropped.
    branches: Vec<Option<Branch<T>>>,
    /// The number of branches that have chunks to take. It is stored, because counting these
    /// branches for each branch would make the work per chunk quadratic in the number of branches.
    unread: usize,
    /// The number of branches whose queue is full.
    full: usize,
    /// How many times any branch has taken something: a chunk from its queue, or the end.
    taken: u64,
    /// The branches that wait for other branches before they take the end of the input. The first
    /// of them takes the end first.
    last: VecDeque<usize>,
    turns: Turns,
    /// Whether the first branch is the stream of kept values, which takes each chunk before the
    /// other branches do.
    first_is_kept: bool,
    /// The branch that polled the input last. The input wakes this branch.
    awaits_input: Option<usize>,
}

struct Branch<T: Chunked> {
    queue: VecDeque<Result<T::Chunk>>,
    waker: Option<Waker>,
    /// Whether the branch takes the end of the input without waiting for the other branches. This
    /// is set if its reader does no work at the end of the input, or has already seen the end.
    ends_at_once: bool,
    /// The state of the wait in which this branch lets other branches take their chunks, before
    /// this branch takes the end of the input.
    for_others: Wait,
    /// The state of the wait in which this branch lets the stream of kept values take the earlier
    /// chunks, before this branch takes its next chunk.
    for_kept: Wait,
}

/// The state of a branch's wait: the branch lets other branches go first.
#[derive(Default)]
struct Wait {
    /// The values of `Source::taken` and of the round number when the branch last started to wait.
    since: Option<(u64, u64)>,
    /// How many times the same task has polled the branch since then.
    polls: u8,
}

impl Wait {
    /// Continues the wait. Returns whether the branch must stop waiting, because the other branches
    /// took nothing in a complete round. A round is one poll of the merged streams.
    ///
    /// If a separate task reads the branch, no round ends. In that case, several polls of the
    /// branch count as a round.
    fn must_end(&mut self, now: (u64, u64), is_same_task: bool) -> bool {
        match self.since {
            Some((taken, round)) if taken == now.0 => {
                self.polls += u8::from(is_same_task && self.polls <= PATIENCE);
                round < now.1 || self.polls > PATIENCE
            }
            _ => {
                *self = Self { since: Some(now), polls: 0 };
                false
            }
        }
    }
}

struct Tee<T: Chunked> {
    index: usize,
    source: Arc<Mutex<Source<T>>>,
}

impl<T: Chunked> Tee<T> {
    fn stream(source: &Arc<Mutex<Source<T>>>, index: usize) -> ChunkStream<T> {
        ChunkStream::new(Self { index, source: Arc::clone(source) })
    }

    fn source(&self) -> MutexGuard<'_, Source<T>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Chunked> Branch<T> {
    fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            waker: None,
            ends_at_once: false,
            for_others: Wait::default(),
            for_kept: Wait::default(),
        }
    }

    /// Stores the waker of the branch. Returns whether the stored waker was the same before.
    fn await_wake(&mut self, waker: &Waker) -> bool {
        let known = self.waker.as_ref().is_some_and(|known| known.will_wake(waker));
        if !known {
            self.waker = Some(waker.clone());
        }
        known
    }
}

impl<T: Chunked> Source<T> {
    fn new(input: ChunkStream<T>, count: usize, turns: Turns) -> Self {
        let branches = (0..count).map(|_| Some(Branch::new())).collect();
        Self {
            input: Some(input),
            branches,
            unread: 0,
            full: 0,
            taken: 0,
            last: VecDeque::new(),
            turns,
            first_is_kept: false,
            awaits_input: None,
        }
    }

    fn others(&mut self, index: usize) -> impl Iterator<Item = &mut Branch<T>> {
        let branches = self.branches.iter_mut().enumerate();
        branches.filter(move |(i, _)| *i != index).filter_map(|(_, branch)| branch.as_mut())
    }

    /// Wakes the other branches, because any of them may be waiting for what this branch has just
    /// done.
    fn wake_others(&mut self, index: usize) {
        self.others(index).filter_map(|branch| branch.waker.take()).for_each(Waker::wake);
    }

    fn poll(&mut self, index: usize, cx: &mut task::Context<'_>) -> Poll<Option<Result<T::Chunk>>> {
        let Some(branch) = self.branches.get_mut(index).and_then(Option::as_mut) else {
            return Poll::Ready(None);
        };
        if let Some(item) = branch.queue.pop_front() {
            let remaining = branch.queue.len();
            self.taken += 1;
            self.unread -= usize::from(remaining == 0);
            if remaining + 1 == LEAD {
                self.full -= 1;
                self.wake_others(index);
            }
            return Poll::Ready(Some(item));
        }
        let is_same_task = branch.await_wake(cx.waker());
        if self.full > 0 || self.waits_for_kept(index, is_same_task) {
            return Poll::Pending;
        }
        let item = match &mut self.input {
            Some(input) => {
                self.awaits_input = Some(index);
                ready!(input.poll_next_unpin(cx))
            }
            None => None,
        };
        self.awaits_input = None;
        match item {
            Some(item) => {
                self.hand_out(index, &item);
                Poll::Ready(Some(item))
            }
            None => {
                if self.input.take().is_some() {
                    self.wake_others(index);
                }
                self.end(index, is_same_task)
            }
        }
    }

    /// Returns whether a branch must wait until the stream of kept values has taken the chunks
    /// before the branch's next chunk.
    fn waits_for_kept(&mut self, index: usize, is_same_task: bool) -> bool {
        let [Some(kept), rest @ ..] = &mut self.branches[..] else { return false };
        let taking = index.checked_sub(1).and_then(|index| rest.get_mut(index)?.as_mut());
        let Some(branch) = taking.filter(|_| self.first_is_kept && !kept.queue.is_empty()) else {
            return false;
        };
        if branch.for_kept.must_end((self.taken, self.turns.round()), is_same_task) {
            return false;
        }
        branch.waker.iter().for_each(Waker::wake_by_ref);
        self.turns.pass();
        true
    }

    fn hand_out(&mut self, index: usize, item: &Result<T::Chunk>) {
        let (mut unread, mut full) = (0, 0);
        for branch in self.others(index) {
            branch.queue.push_back(item.clone());
            unread += usize::from(branch.queue.len() == 1);
            full += usize::from(branch.queue.len() == LEAD);
            if let Some(waker) = branch.waker.take() {
                waker.wake();
            }
        }
        self.unread += unread;
        self.full += full;
    }

    /// Called when a branch has taken all chunks and the input has ended. Returns the end of the
    /// input, or `Pending` if other branches must go first.
    ///
    /// A step that needs its complete input starts its work at the end of the input, and can be
    /// busy for a long time within a single poll. Therefore, branches that still have chunks to
    /// take go first.
    fn end(&mut self, index: usize, is_same_task: bool) -> Poll<Option<Result<T::Chunk>>> {
        let Some(branch) = self.branches.get_mut(index).and_then(Option::as_mut) else {
            return Poll::Ready(None);
        };
        let is_next = self.unread == 0 && self.last.front().is_none_or(|next| *next == index);
        let waited = branch.for_others.since.is_some();
        let now = (self.taken, self.turns.round());
        let must_end = branch.for_others.must_end(now, is_same_task);
        if branch.ends_at_once || is_next || must_end {
            if waited {
                self.last.retain(|other| *other != index);
            }
            branch.ends_at_once = true;
            self.taken += 1;
            return Poll::Ready(None);
        }
        if !waited {
            self.last.push_back(index);
        }
        branch.waker.iter().for_each(Waker::wake_by_ref);
        self.turns.pass();
        Poll::Pending
    }
}

impl<T: Chunked> Stream for Tee<T> {
    type Item = Result<T::Chunk>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<Self::Item>> {
        self.source().poll(self.index, cx)
    }
}

impl<T: Chunked> Drop for Tee<T> {
    fn drop(&mut self) {
        let mut source = self.source();
        let Some(branch) = source.branches[self.index].take() else { return };
        let (left, index) = (branch.queue.len(), self.index);
        source.last.retain(|other| *other != index);
        source.unread -= usize::from(left > 0);
        source.full -= usize::from(left >= LEAD);
        // The other branches may wait for this branch to take chunks. They may also wait for the
        // input, which would only wake this branch.
        if left >= LEAD || source.awaits_input == Some(index) {
            source.wake_others(index);
        }
    }
}
