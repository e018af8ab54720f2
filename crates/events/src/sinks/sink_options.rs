//! [`SinkOptions`]: the buffer of a sink, and what happens if it is full.

/// What happens to further events if the buffer of a sink is full.
///
/// ```
/// use runnable_events::{Overflow, SinkOptions};
///
/// let options = SinkOptions::default().overflow(Overflow::DropChunks);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The runs wait until the sink has stored some events. A sink that blocks therefore stops the
    /// runs, but not their thread.
    #[default]
    Wait,
    /// The oldest chunk events in the buffer are dropped and counted. The runs never wait. All
    /// other events stay in the buffer, so it can exceed its capacity by these events.
    DropChunks,
}

/// The size of the buffer of a [`Sink`](crate::Sink), and what happens if it is full.
///
/// ```
/// use runnable_events::{Overflow, Recorder, SinkOptions, JsonLines};
///
/// let options = SinkOptions::default().capacity(100).overflow(Overflow::DropChunks);
/// let sink = JsonLines::to_writer(std::io::sink());
/// let recorder = Recorder::builder().sink_with(options, sink).build();
/// assert_eq!(recorder.report().lost, 0);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SinkOptions {
    pub(crate) capacity: usize,
    pub(crate) overflow: Overflow,
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self { capacity: 1024, overflow: Overflow::Wait }
    }
}

impl SinkOptions {
    /// Sets the number of events that the buffer can hold. The default is 1024, and the minimum is
    /// 1.
    ///
    /// A single poll of a chain can produce several events, so the buffer can exceed this number by
    /// these events.
    ///
    /// ```
    /// use runnable_events::SinkOptions;
    ///
    /// let options = SinkOptions::default().capacity(64);
    /// # let _ = options;
    /// ```
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events.max(1);
        self
    }

    /// Sets what happens if the buffer is full. The default is [`Overflow::Wait`].
    ///
    /// ```
    /// use runnable_events::{Overflow, SinkOptions};
    ///
    /// let options = SinkOptions::default().overflow(Overflow::DropChunks);
    /// # let _ = options;
    /// ```
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }
}
