//! [`TracePage`]: a trace as one HTML file.

use std::io::{self, Write};

use runnable_chat::pricing::Prices;
use serde_json::{Map, Value};

use super::{
    assembly::{Connections, write_page},
    page_data::{PageData, Sources},
    payload_pool::PayloadPool,
};
use crate::Trace;

/// A page that shows a trace in a browser: one HTML file that needs nothing else. Created by
/// [`Trace::page`].
///
/// The page contains a table with the tree of runs and their times, the inputs and outputs of each
/// run, and the [findings](Trace::findings). It loads nothing, sends nothing, and never treats the
/// values of the trace as markup. It contains all values of the trace: treat the file as you treat
/// these values.
///
/// ```
/// use runnable_events::{Recording, Trace};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let recording = Recording::load("run.jsonl")?;
/// let trace = Trace::from_events(recording.events());
/// trace.page().title("nightly report").write_to(std::fs::File::create("run.html")?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a page has no effect until it is written with `write_to`"]
pub struct TracePage<'a> {
    trace: &'a Trace,
    title: Option<String>,
    facts: Map<String, Value>,
    before: Option<(String, &'a Trace)>,
    prices: Option<&'a Prices>,
}

impl Trace {
    /// Returns a page that shows this trace in a browser. Its title is the name of the first root
    /// run.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert!(Trace::new().page().to_html().starts_with("<!doctype html>"));
    /// ```
    pub fn page(&self) -> TracePage<'_> {
        TracePage { trace: self, title: None, facts: Map::new(), before: None, prices: None }
    }
}

impl<'a> TracePage<'a> {
    /// Sets the title of the page.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds a fact about the recording that the page shows, such as the version of the program.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// let trace = Trace::new();
    /// let html = trace.page().fact("commit", "8c1f2a").to_html();
    /// assert!(html.contains(r#""commit":"8c1f2a""#));
    /// ```
    pub fn fact(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.facts.insert(name.into(), value.into());
        self
    }

    /// Compares the trace with an earlier trace. The page then shows two bars for each run, and the
    /// first difference.
    pub fn compare_with(mut self, title: impl Into<String>, before: &'a Trace) -> Self {
        self.before = Some((title.into(), before));
        self
    }

    /// Sets the prices of models, from which the page shows costs. The default is
    /// [`Prices::shipped`].
    pub fn prices(mut self, prices: &'a Prices) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Writes the page.
    ///
    /// Pass a [`BufWriter`](io::BufWriter) if each write is slow.
    ///
    /// # Errors
    ///
    /// Returns the error of the writer.
    pub fn write_to(&self, mut out: impl Write) -> io::Result<()> {
        let shipped = Prices::shipped();
        let mut pool = PayloadPool::default();
        let sources = Sources {
            trace: self.trace,
            title: self.title.as_deref(),
            facts: &self.facts,
            before: self.before.as_ref().map(|(title, trace)| (&**title, *trace)),
            prices: self.prices.unwrap_or(&shipped),
            live: None,
        };
        write_page(&PageData::new(&sources, &mut pool), Connections::Forbidden, &mut out)?;
        out.flush()
    }

    /// Returns the page as a text.
    ///
    /// ```
    /// use runnable_events::Trace;
    ///
    /// assert!(Trace::new().page().to_html().starts_with("<!doctype html>"));
    /// ```
    pub fn to_html(&self) -> String {
        let mut html = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write_to(&mut html);
        String::from_utf8_lossy(&html).into_owned()
    }
}
