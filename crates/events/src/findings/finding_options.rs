//! [`FindingOptions`]: the thresholds of the rules for findings.

use std::time::Duration;

/// The thresholds of the rules for findings. Used with
/// [`Trace::findings_with`](crate::Trace::findings_with).
///
/// ```
/// use std::time::Duration;
/// use runnable_events::{FindingOptions, Trace};
///
/// let strict = FindingOptions::new().min_time(Duration::from_millis(10)).slow_share(0.2);
/// assert!(Trace::new().findings_with(&strict).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct FindingOptions {
    pub(super) min_time: Duration,
    pub(super) min_share: f64,
    pub(super) slow_time: Duration,
    pub(super) slow_share: f64,
    pub(super) first_chunk: Duration,
    pub(super) stall: Duration,
    pub(super) storm: u64,
}

impl Default for FindingOptions {
    fn default() -> Self {
        Self {
            // People notice a delay of 100 ms.
            min_time: Duration::from_millis(100),
            min_share: 0.05,
            slow_time: Duration::from_millis(500),
            slow_share: 0.4,
            first_chunk: Duration::from_secs(5),
            stall: Duration::from_secs(2),
            storm: 5,
        }
    }
}

impl FindingOptions {
    /// Creates the default options.
    ///
    /// ```
    /// use runnable_events::FindingOptions;
    ///
    /// assert_eq!(FindingOptions::new(), FindingOptions::default());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the shortest lost time that is a finding. The default is 100 ms, because people notice
    /// a delay of this length.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::FindingOptions;
    ///
    /// assert_ne!(FindingOptions::new().min_time(Duration::ZERO), FindingOptions::new());
    /// ```
    pub fn min_time(mut self, time: Duration) -> Self {
        self.min_time = time;
        self
    }

    /// Sets the smallest lost share of the call's duration that is a finding. The default is 0.05,
    /// so that small losses in slow calls are not reported.
    ///
    /// ```
    /// use runnable_events::FindingOptions;
    ///
    /// assert_ne!(FindingOptions::new().min_share(0.5), FindingOptions::new());
    /// ```
    pub fn min_share(mut self, share: f64) -> Self {
        self.min_share = share;
        self
    }

    /// Sets the shortest time that a slow step takes. The default is 500 ms.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::FindingOptions;
    ///
    /// assert_ne!(FindingOptions::new().slow_time(Duration::ZERO), FindingOptions::new());
    /// ```
    pub fn slow_time(mut self, time: Duration) -> Self {
        self.slow_time = time;
        self
    }

    /// Sets the smallest share of the call's duration that a slow step takes. The default is 0.4.
    ///
    /// It does not apply to models, which are usually the slowest steps.
    ///
    /// ```
    /// use runnable_events::FindingOptions;
    ///
    /// assert_ne!(FindingOptions::new().slow_share(0.9), FindingOptions::new());
    /// ```
    pub fn slow_share(mut self, share: f64) -> Self {
        self.slow_share = share;
        self
    }

    /// Sets how long a model may take until its first chunk. The default is 5 s.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::FindingOptions;
    ///
    /// let patient = FindingOptions::new().first_chunk(Duration::from_secs(30));
    /// assert_ne!(patient, FindingOptions::new());
    /// ```
    pub fn first_chunk(mut self, time: Duration) -> Self {
        self.first_chunk = time;
        self
    }

    /// Sets the shortest pause between two chunks of a model that is a stall. The default is 2 s.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::FindingOptions;
    ///
    /// let patient = FindingOptions::new().stall(Duration::from_secs(10));
    /// assert_ne!(patient, FindingOptions::new());
    /// ```
    pub fn stall(mut self, time: Duration) -> Self {
        self.stall = time;
        self
    }

    /// Sets how many failed attempts of one step are a retry storm. The default is 5, because a
    /// retry policy with three attempts cannot reach it. A call with twice as many failed attempts
    /// is a storm, too.
    ///
    /// ```
    /// use runnable_events::FindingOptions;
    ///
    /// assert_ne!(FindingOptions::new().storm(50), FindingOptions::new());
    /// ```
    pub fn storm(mut self, failed_attempts: u64) -> Self {
        self.storm = failed_attempts;
        self
    }
}
