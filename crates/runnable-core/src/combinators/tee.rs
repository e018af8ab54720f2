//! One input stream for several steps.

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

/// How many chunks a branch may be ahead of another before it waits for it.
const LEAD: usize = 256;

/// How often a branch asks for the end within one round while no other takes anything.
const PATIENCE: u8 = 4;

/// Gives every chunk of `input` to `N` streams, as they ask for it.
///
/// Whoever asks first pulls the chunk; the others find it in their queue. The queues are bounded:
/// a stream that is [`LEAD`] chunks ahead of another waits until that one has taken some, or is
/// dropped. A stream learns that the input has ended after those that still take chunks of it.
pub(super) fn tee<T: Chunked, const N: usize>(
    input: ChunkStream<T>,
    turns: &Turns,
) -> [ChunkStream<T>; N] {
    let source = Arc::new(Mutex::new(Source::new(input, N, turns.clone())));
    array::from_fn(|index| Tee::stream(&source, index))
}

/// [`tee`] for what is kept of an input, which is first, and what is taken of it.
///
/// A chunk is taken after the chunks before it have been kept: otherwise a step that takes all chunks
/// in one poll would be busy with them before the first is passed on.
pub(super) fn tee_kept<T: Chunked>(input: ChunkStream<T>, turns: &Turns) -> [ChunkStream<T>; 2] {
    let mut source = Source::new(input, 2, turns.clone());
    source.first_is_kept = true;
    source.branches.iter_mut().take(1).flatten().for_each(|kept| kept.ends_at_once = true);
    let source = Arc::new(Mutex::new(source));
    array::from_fn(|index| Tee::stream(&source, index))
}

/// [`tee`] for as many streams as are known at run time.
pub(super) fn tee_many<T: Chunked>(
    input: ChunkStream<T>,
    count: usize,
    turns: &Turns,
) -> impl Iterator<Item = ChunkStream<T>> + use<T> {
    let source = Arc::new(Mutex::new(Source::new(input, count, turns.clone())));
    (0..count).map(move |index| Tee::stream(&source, index))
}

struct Source<T: Chunked> {
    /// `None` once it has ended.
    input: Option<ChunkStream<T>>,
    /// `None` where the stream was dropped.
    branches: Vec<Option<Branch<T>>>,
    /// The number of branches that have chunks to take. Counted, because a branch that looked at all
    /// others for it would make the work of a chunk quadratic in the branches.
    unread: usize,
    /// The number of branches that have as many chunks to take as may be.
    full: usize,
    /// Counts what the branches take: chunks of their queues, and the end.
    taken: u64,
    /// The branches that let others go first before they take the end, in that order.
    last: VecDeque<usize>,
    turns: Turns,
    /// Whether the first branch is what is kept, and goes before the others.
    first_is_kept: bool,
    /// The branch that the input wakes.
    awaits_input: Option<usize>,
}

struct Branch<T: Chunked> {
    queue: VecDeque<Result<T::Chunk>>,
    waker: Option<Waker>,
    /// Whether it takes the end at once: what reads it does nothing then, or had the end before.
    ends_at_once: bool,
    /// For the others to take their chunks, before it takes the end.
    for_others: Wait,
    /// For the chunks that are kept, before it takes the next.
    for_kept: Wait,
}

/// A branch that lets others go first.
#[derive(Default)]
struct Wait {
    /// When it last began to wait: what had been taken by then, and the round.
    since: Option<(u64, u64)>,
    /// How often the branch was polled since then.
    asked: u8,
}

impl Wait {
    /// Waits on. Returns whether it is in vain: the others took nothing in a whole round, or, since no
    /// round ends where a task of its own reads the branch, while it was asked for several times.
    fn is_in_vain(&mut self, now: (u64, u64), by_the_same: bool) -> bool {
        match self.since {
            Some((taken, round)) if taken == now.0 => {
                self.asked += u8::from(by_the_same && self.asked <= PATIENCE);
                round < now.1 || self.asked > PATIENCE
            }
            _ => {
                *self = Self { since: Some(now), asked: 0 };
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

    /// Returns whether it was that waker before.
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

    /// Any of the others may be waiting for what this one has just done.
    fn wake_others(&mut self, index: usize) {
        self.others(index).filter_map(|branch| branch.waker.take()).for_each(Waker::wake);
    }

    fn poll(&mut self, index: usize, cx: &mut task::Context<'_>) -> Poll<Option<Result<T::Chunk>>> {
        let Some(branch) = self.branches.get_mut(index).and_then(Option::as_mut) else {
            return Poll::Ready(None);
        };
        if let Some(item) = branch.queue.pop_front() {
            let left = branch.queue.len();
            self.taken += 1;
            self.unread -= usize::from(left == 0);
            if left + 1 == LEAD {
                self.full -= 1;
                self.wake_others(index);
            }
            return Poll::Ready(Some(item));
        }
        let by_the_same = branch.await_wake(cx.waker());
        if self.full > 0 || self.waits_for_kept(index, by_the_same) {
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
                self.end(index, by_the_same)
            }
        }
    }

    /// Whether a branch is to wait until the chunks before the next have been kept.
    fn waits_for_kept(&mut self, index: usize, by_the_same: bool) -> bool {
        let [Some(kept), rest @ ..] = &mut self.branches[..] else { return false };
        let taking = index.checked_sub(1).and_then(|index| rest.get_mut(index)?.as_mut());
        let Some(branch) = taking.filter(|_| self.first_is_kept && !kept.queue.is_empty()) else {
            return false;
        };
        if branch.for_kept.is_in_vain((self.taken, self.turns.round()), by_the_same) {
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

    /// The end of the input, for a branch that has taken all of it.
    ///
    /// A step that needs its whole input begins with this, and may be busy for long within one poll.
    /// So others that still take chunks go first, as long as they do.
    fn end(&mut self, index: usize, by_the_same: bool) -> Poll<Option<Result<T::Chunk>>> {
        let Some(branch) = self.branches.get_mut(index).and_then(Option::as_mut) else {
            return Poll::Ready(None);
        };
        let is_next = self.unread == 0 && self.last.front().is_none_or(|next| *next == index);
        let waited = branch.for_others.since.is_some();
        let now = (self.taken, self.turns.round());
        let in_vain = branch.for_others.is_in_vain(now, by_the_same);
        if branch.ends_at_once || is_next || in_vain {
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
        // The others wait for this one to take chunks, or for the input that was told to wake it.
        if left >= LEAD || source.awaits_input == Some(index) {
            source.wake_others(index);
        }
    }
}
