//! [`Waiting`]: which turns wait for which conversations, so that no two wait for each other.

use std::sync::Arc;

/// The conversations that turns wait for. Each entry is a conversation with an open turn, and the
/// conversation that a call inside this turn waits for.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    waits: Vec<(Arc<str>, Arc<str>)>,
}

impl Waiting {
    /// Returns whether a turn that holds the conversations `held` would wait for itself if it waited
    /// for `wanted`.
    pub(crate) fn would_deadlock(&self, held: &[Arc<str>], wanted: &str) -> bool {
        let mut reached: Vec<&str> = vec![wanted];
        let mut next = 0;
        while let Some(key) = reached.get(next).copied() {
            if held.iter().any(|held| **held == *key) {
                return true;
            }
            for (holder, wanted) in &self.waits {
                if **holder == *key && !reached.contains(&&**wanted) {
                    reached.push(wanted);
                }
            }
            next += 1;
        }
        false
    }

    /// Adds the waits of a turn that holds the conversations `held`.
    pub(crate) fn begin(&mut self, held: &[Arc<str>], wanted: &Arc<str>) {
        self.waits.extend(held.iter().map(|held| (Arc::clone(held), Arc::clone(wanted))));
    }

    /// Removes the waits that [`begin`](Self::begin) has added.
    pub(crate) fn end(&mut self, held: &[Arc<str>], wanted: &Arc<str>) {
        for held in held {
            let wait = self.waits.iter().position(|(a, b)| a == held && b == wanted);
            if let Some(wait) = wait {
                self.waits.swap_remove(wait);
            }
        }
    }
}
