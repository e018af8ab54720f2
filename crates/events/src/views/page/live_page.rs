//! [`LivePage`]: a page that follows a running program.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
};

use runnable_chat::pricing::Prices;
use serde_json::{Map, Value};

use super::{
    assembly::{Connections, write_page},
    live_findings::LiveFindings,
    page_data::{LiveSources, PageData, Sources},
    payload_pool::PayloadPool,
    revisions::Revisions,
};
use crate::{RecordedEvent, Trace};

/// A page that follows a running program in a browser.
///
/// A server answers a request of the page with [`to_html`](Self::to_html), and a request of the
/// changes with [`changes_since`](Self::changes_since). The page asks about twice a second, so both
/// requests must reach the same value. The page contains all values of the trace: serve it on the
/// loopback interface only, and refuse requests for other hosts.
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{LivePage, StreamEventsExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// // The page sends `GET changes?after=NEXT`. An answer contains the next value of `NEXT`.
/// let mut page = LivePage::new("changes");
/// assert!(page.to_html().starts_with("<!doctype html>"));
///
/// let mut events = lambda(|text: String| text).with_name("echo").stream_events("hi");
/// while let Some(event) = events.next().await {
///     page.add(&event?.into());
/// }
/// page.finish();
/// assert_eq!(page.trace().runs().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LivePage {
    pub(super) trace: Trace,
    url: String,
    title: Option<String>,
    facts: Map<String, Value>,
    pub(super) prices: Prices,
    pub(super) pool: PayloadPool,
    pub(super) revisions: Revisions,
    pub(super) findings: LiveFindings,
    /// A number that distinguishes this page from the page of an earlier start of the server.
    pub(super) generation: u64,
    pub(super) has_ended: bool,
}

impl LivePage {
    /// Creates a page without runs. `url` is the address of the changes, relative to the address of
    /// the page.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// let html = LivePage::new("changes").to_html();
    /// assert!(html.contains("connect-src 'self'"));
    /// ```
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            trace: Trace::new(),
            url: url.into(),
            title: None,
            facts: Map::new(),
            prices: Prices::shipped(),
            pool: PayloadPool::default(),
            revisions: Revisions::default(),
            findings: LiveFindings::default(),
            // The hasher of the standard library has a random key.
            generation: RandomState::new().build_hasher().finish(),
            has_ended: false,
        }
    }

    /// Sets the title of the page. The default is the name of the first root run.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// let html = LivePage::new("changes").title("nightly report").to_html();
    /// assert!(html.contains("nightly report"));
    /// ```
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds a fact about the recording that the page shows, such as the version of the program.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// let html = LivePage::new("changes").fact("commit", "8c1f2a").to_html();
    /// assert!(html.contains(r#""commit":"8c1f2a""#));
    /// ```
    #[must_use]
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.facts.insert(name.into(), value.into());
        self
    }

    /// Sets the prices of models, from which the page shows costs. The default is
    /// [`Prices::shipped`].
    ///
    /// ```
    /// use runnable_chat::pricing::Prices;
    /// use runnable_events::LivePage;
    ///
    /// let html = LivePage::new("changes").prices(Prices::shipped()).to_html();
    /// assert!(html.contains(r#""url":"changes""#));
    /// ```
    #[must_use]
    pub fn prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// Adds an event. [`Trace::add`] describes in which order.
    ///
    /// ```
    /// use runnable_events::{LivePage, Recording};
    ///
    /// # fn main() -> runnable_core::Result<()> {
    /// let recording = Recording::read(&b""[..])?;
    /// let mut page = LivePage::new("changes");
    /// recording.events().iter().for_each(|event| page.add(event));
    /// assert_eq!(page.trace().event_count(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn add(&mut self, event: &RecordedEvent) {
        self.revisions.add_event(&mut self.trace, event);
        self.findings.add_event(event);
    }

    /// Marks the program as ended. A browser that asks after this call does not ask again.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// let mut page = LivePage::new("changes");
    /// page.finish();
    /// assert!(!page.to_html().contains(r#""live":{"#), "the page does not follow the program");
    /// ```
    pub fn finish(&mut self) {
        self.has_ended = true;
        self.findings.finish();
    }

    /// Returns the trace so far.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// assert!(LivePage::new("changes").trace().runs().is_empty());
    /// ```
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Writes the page with all runs so far.
    ///
    /// # Errors
    ///
    /// Returns the error of the writer.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// let mut body = Vec::new();
    /// LivePage::new("changes").write_to(&mut body).unwrap();
    /// assert!(body.starts_with(b"<!doctype html>"));
    /// ```
    pub fn write_to(&mut self, mut out: impl Write) -> io::Result<()> {
        self.findings.update(&self.trace, &mut self.revisions);
        let sources = Sources {
            trace: &self.trace,
            title: self.title.as_deref(),
            facts: &self.facts,
            before: None,
            prices: &self.prices,
            live: Some(LiveSources {
                url: (!self.has_ended).then_some(&self.url),
                generation: self.generation,
                revision: self.revisions.current(),
                findings: self.findings.list(),
            }),
        };
        write_page(&PageData::new(&sources, &mut self.pool), Connections::Server, &mut out)?;
        out.flush()
    }

    /// Returns the page with all runs so far as a text.
    ///
    /// ```
    /// use runnable_events::LivePage;
    ///
    /// assert!(LivePage::new("changes").to_html().starts_with("<!doctype html>"));
    /// ```
    pub fn to_html(&mut self) -> String {
        let mut html = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write_to(&mut html);
        String::from_utf8_lossy(&html).into_owned()
    }
}

impl<E: AsRef<RecordedEvent>> Extend<E> for LivePage {
    fn extend<I: IntoIterator<Item = E>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.add(event.as_ref()));
    }
}
