//! The changes that a page that follows a program receives.

use serde::Serialize;
use serde_json::Value;

use super::{
    cursor::Cursor,
    live_page::LivePage,
    number::{milliseconds, since_1970},
    page_run::PageRun,
};

/// Everything that has changed since a page asked the last time. `README.md` describes the fields.
#[derive(Serialize)]
struct Changes<'a> {
    next: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
    now: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    events: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<PageRun<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payloads: Option<NewPayloads<'a>>,
}

/// The payloads that a page does not have.
#[derive(Serialize)]
struct NewPayloads<'a> {
    /// The number of the first entry.
    from: usize,
    values: &'a [Value],
}

/// The answer for a page that has another recording, or that asks with an invalid cursor. No page
/// has the entry before this one, so that the page loads itself again.
const LOAD_AGAIN: &str = r#"{"payloads":{"from":9007199254740991,"values":[]}}"#;

impl LivePage {
    /// Returns whether a page with this `next` has everything, so that a server can wait for a
    /// change before it answers.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// assert!(!LivePage::new("changes").is_current("unknown"), "the page must load itself again");
    /// ```
    pub fn is_current(&self, next: &str) -> bool {
        let revision = self.cursor_of(next).map(|cursor| cursor.revision);
        !self.has_ended && revision == Some(self.revisions.current())
    }

    /// Returns everything that has changed since `next` as JSON: the answer to
    /// `GET changes?after=NEXT`.
    ///
    /// `next` comes from the page, which received it in its data or in the last answer. If `next`
    /// is invalid, or belongs to another `LivePage`, the answer makes the page load itself again.
    /// The cost depends on what has changed. After the end of a run, it also includes
    /// [`Trace::findings`](crate::Trace::findings).
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// let answer = LivePage::new("changes").changes_since("unknown");
    /// assert_eq!(answer, r#"{"payloads":{"from":9007199254740991,"values":[]}}"#);
    /// ```
    pub fn changes_since(&mut self, next: &str) -> String {
        let Some(known) = self.cursor_of(next) else { return LOAD_AGAIN.to_owned() };
        self.findings.update(&self.trace, &mut self.revisions);
        let Self { trace, pool, findings, revisions, .. } = self;
        let changed = revisions.changed_since(known.revision, trace);
        let runs = changed.map(|run| PageRun::new(run, trace, &self.prices, pool)).collect();
        let new_values = pool.values().get(known.values..).unwrap_or_default();
        let revision = revisions.current();
        let next = Cursor { generation: self.generation, revision, values: pool.values().len() };
        let changes = Changes {
            next: next.to_string(),
            ended: self.has_ended,
            now: milliseconds(trace.duration()),
            at: trace.started().map(since_1970),
            events: trace.event_count(),
            runs,
            findings: findings.changed_since(known.revision),
            payloads: (!new_values.is_empty())
                .then_some(NewPayloads { from: known.values, values: new_values }),
        };
        // Values that came from JSON can be written as JSON.
        serde_json::to_string(&changes).unwrap_or_else(|_| LOAD_AGAIN.to_owned())
    }

    /// Returns the cursor of a page that this value has served. `None` if the text is not from it.
    fn cursor_of(&self, next: &str) -> Option<Cursor> {
        let cursor = next.parse::<Cursor>().ok()?;
        let is_own = cursor.generation == self.generation
            && cursor.revision <= self.revisions.current()
            && cursor.values <= self.pool.values().len();
        is_own.then_some(cursor)
    }
}
