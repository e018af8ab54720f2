//! [`EventBuffer`]: the events that wait for a sink.

use std::{collections::VecDeque, sync::Arc};

use crate::record::{RecordedData, RecordedEvent};

/// The events that wait for a sink, in the order of their numbers.
///
/// Chunk events have their own queue, so that the oldest chunk event can be dropped without a
/// search.
#[derive(Default)]
pub(super) struct EventBuffer {
    chunks: VecDeque<Arc<RecordedEvent>>,
    others: VecDeque<Arc<RecordedEvent>>,
    /// The chunk events that were dropped since the last event was taken.
    dropped: VecDeque<Dropped>,
}

/// Chunk events that were dropped, and between which no other event is in the buffer. They are
/// counted together, so that a sink that blocks for a long time needs no memory for them.
struct Dropped {
    count: u64,
    last_seq: u64,
    /// The number of the last event before them that is not a chunk event, if it was in the buffer.
    preceded_by: Option<u64>,
}

/// An event that was taken from the buffer.
pub(super) struct Taken {
    pub(super) event: Arc<RecordedEvent>,
    /// The number of chunk events that were dropped between the event before and this event.
    pub(super) dropped_before: u64,
}

impl EventBuffer {
    pub(super) fn len(&self) -> usize {
        self.chunks.len() + self.others.len()
    }

    pub(super) fn has_only_chunks(&self) -> bool {
        self.others.is_empty()
    }

    pub(super) fn push(&mut self, event: Arc<RecordedEvent>) {
        match event.data {
            RecordedData::Chunk { .. } => self.chunks.push_back(event),
            _ => self.others.push_back(event),
        }
    }

    /// Drops the oldest chunk event. Returns whether there was one.
    pub(super) fn drop_oldest_chunk(&mut self) -> bool {
        let Some(chunk) = self.chunks.pop_front() else { return false };
        let before = self.others.partition_point(|event| event.seq < chunk.seq).checked_sub(1);
        let preceded_by = before.and_then(|at| self.others.get(at)).map(|event| event.seq);
        match self.dropped.back_mut().filter(|last| last.preceded_by == preceded_by) {
            Some(last) => (last.count, last.last_seq) = (last.count + 1, chunk.seq),
            None => self.dropped.push_back(Dropped { count: 1, last_seq: chunk.seq, preceded_by }),
        }
        true
    }

    /// Returns the number of the next event.
    pub(super) fn next_seq(&self) -> Option<u64> {
        let fronts = [self.chunks.front(), self.others.front()];
        fronts.into_iter().flatten().map(|event| event.seq).min()
    }

    /// Takes the next event.
    pub(super) fn pop(&mut self) -> Option<Taken> {
        let seq = self.next_seq()?;
        let is_chunk = self.chunks.front().is_some_and(|chunk| chunk.seq == seq);
        let queue = if is_chunk { &mut self.chunks } else { &mut self.others };
        let event = queue.pop_front()?;
        let mut dropped_before = 0;
        while let Some(dropped) = self.dropped.front().filter(|dropped| dropped.last_seq < seq) {
            dropped_before += dropped.count;
            self.dropped.pop_front();
        }
        Some(Taken { event, dropped_before })
    }

    /// Removes all events, and returns their number.
    pub(super) fn clear(&mut self) -> u64 {
        let count = u64::try_from(self.len()).unwrap_or(u64::MAX);
        *self = Self::default();
        count
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(seq: u64, kind: &str) -> Arc<RecordedEvent> {
        let data = if kind == "chunk" { json!({ "chunk": 1 }) } else { json!({}) };
        let json = json!({
            "v": "1.0", "seq": seq, "time": "2026-01-31T12:00:00Z", "since_root_ms": 0,
            "elapsed_ms": 0, "run_id": "a", "name": "n", "kind": "chain", "event": kind, "data": data,
        });
        Arc::new(serde_json::from_value(json).unwrap())
    }

    fn taken(buffer: &mut EventBuffer) -> Vec<(u64, u64)> {
        let events = std::iter::from_fn(|| buffer.pop());
        events.map(|taken| (taken.event.seq, taken.dropped_before)).collect()
    }

    #[test]
    fn dropped_chunks_are_counted_before_the_next_event() {
        let mut buffer = EventBuffer::default();
        let kinds = ["start", "chunk", "chunk", "start", "chunk", "chunk", "end", "chunk"];
        for (seq, kind) in (0..).zip(kinds) {
            buffer.push(event(seq, kind));
        }
        for _ in 0..3 {
            assert!(buffer.drop_oldest_chunk());
        }
        assert_eq!(buffer.len(), 5);
        assert_eq!(taken(&mut buffer), [(0, 0), (3, 2), (5, 1), (6, 0), (7, 0)]);

        buffer.push(event(8, "chunk"));
        assert!(buffer.drop_oldest_chunk() && !buffer.drop_oldest_chunk());
        assert_eq!(taken(&mut buffer), []);
        buffer.push(event(9, "chunk"));
        buffer.push(event(10, "end"));
        assert_eq!(taken(&mut buffer), [(9, 1), (10, 0)]);
    }

    #[test]
    fn dropped_chunks_need_no_memory_each() {
        let mut buffer = EventBuffer::default();
        for seq in 0..10_000 {
            buffer.push(event(seq, if seq == 5000 { "start" } else { "chunk" }));
            buffer.drop_oldest_chunk();
        }
        assert_eq!((buffer.dropped.len(), buffer.len()), (2, 1));
        assert_eq!(taken(&mut buffer), [(5000, 5000)]);
        buffer.push(event(10_000, "end"));
        assert_eq!(taken(&mut buffer), [(10_000, 4999)]);
    }
}
