//! [`PageData`]: the data of the page.

use std::borrow::Cow;

use runnable_chat::pricing::Prices;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    cursor::Cursor,
    number::{milliseconds, since_1970},
    page_finding::findings_of,
    page_run::PageRun,
    payload_pool::PayloadPool,
};
use crate::Trace;

/// The data of the page. `README.md` describes the fields.
#[derive(Serialize)]
pub(super) struct PageData<'a> {
    v: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    facts: &'a Map<String, Value>,
    events: u64,
    runs: Vec<PageRun<'a>>,
    findings: Cow<'a, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Before<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Live<'a>>,
    payloads: &'a [Value],
}

/// The recording with which the page compares.
#[derive(Serialize)]
pub(super) struct Before<'a> {
    title: &'a str,
    runs: Vec<PageRun<'a>>,
}

/// How a page follows a program.
#[derive(Serialize)]
struct Live<'a> {
    url: &'a str,
    next: String,
}

/// What the data is made from.
pub(super) struct Sources<'a> {
    pub(super) trace: &'a Trace,
    pub(super) title: Option<&'a str>,
    pub(super) facts: &'a Map<String, Value>,
    pub(super) before: Option<(&'a str, &'a Trace)>,
    pub(super) prices: &'a Prices,
    /// `None` for a page in a file.
    pub(super) live: Option<LiveSources<'a>>,
}

/// What a page needs in addition to follow a program.
pub(super) struct LiveSources<'a> {
    /// The address of the changes. `None` if the program has ended.
    pub(super) url: Option<&'a str>,
    pub(super) generation: u64,
    pub(super) revision: u64,
    /// The findings, which are expensive to compute.
    pub(super) findings: &'a Value,
}

impl<'a> PageData<'a> {
    pub(super) fn new(sources: &Sources<'a>, pool: &'a mut PayloadPool) -> Self {
        let Sources { trace, prices, .. } = *sources;
        let mut runs_of = |trace: &'a Trace| {
            trace.runs().iter().map(|run| PageRun::new(run, trace, prices, pool)).collect()
        };
        let runs = runs_of(trace);
        let before = sources.before.map(|(title, trace)| Before { title, runs: runs_of(trace) });
        let live = sources.live.as_ref();
        Self {
            v: 1,
            title: sources.title,
            at: trace.started().map(since_1970),
            facts: sources.facts,
            events: trace.event_count(),
            runs,
            findings: match live {
                Some(live) => Cow::Borrowed(live.findings),
                None => Cow::Owned(findings_of(trace)),
            },
            before,
            now: live.map(|_| milliseconds(trace.duration())),
            live: live.and_then(|live| live.address(pool.values().len())),
            payloads: pool.values(),
        }
    }
}

impl<'a> LiveSources<'a> {
    /// Returns how a page with this number of values continues.
    fn address(&self, values: usize) -> Option<Live<'a>> {
        let cursor = Cursor { generation: self.generation, revision: self.revision, values };
        Some(Live { url: self.url?, next: cursor.to_string() })
    }
}
