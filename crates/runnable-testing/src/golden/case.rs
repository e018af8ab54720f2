//! One golden file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use runnable_core::{Error, ErrorKind, Result};
use runnable_events::StreamEvent;
use serde_json::Value;

use super::{comparison::Comparison, mismatch::Mismatch, trace::Trace};

/// One golden file: how a chain was called, and what came back.
#[derive(Clone, Debug)]
pub struct Case {
    file: Value,
    names: BTreeMap<String, String>,
    retries: bool,
    streaming: BTreeSet<String>,
}

impl Case {
    /// Reads a golden file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when there is none, and those of [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| {
            let message = format!("no golden file {}", path.display());
            Error::new(ErrorKind::NotFound, message).with_source(error)
        })?;
        Self::parse(&text)
    }

    /// Reads the text of a golden file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Parse`] when it is not a JSON object with a `case`.
    pub fn parse(text: &str) -> Result<Self> {
        let file: Value = serde_json::from_str(text)?;
        if !file["case"].is_string() {
            let message = "a golden file is a JSON object with the name of its `case`";
            return Err(Error::new(ErrorKind::Parse, message));
        }
        Ok(Self { file, names: BTreeMap::new(), retries: false, streaming: BTreeSet::new() })
    }

    /// What is called `golden` in the file is called `ours` here: the class of a model.
    #[must_use]
    pub fn rename(mut self, golden: impl Into<String>, ours: impl Into<String>) -> Self {
        self.names.insert(golden.into(), ours.into());
        self
    }

    /// Ours tries again where the golden trace gave up: a run that has attempts inside goes on
    /// after what the golden trace has of it, and the call ends well.
    #[must_use]
    pub fn allow_retries(mut self) -> Self {
        self.retries = true;
        self
    }

    /// Accepts chunk events of the run of this name where the golden trace has none: of a branch or
    /// a step with fallbacks inside a sequence.
    #[must_use]
    pub fn streaming(mut self, name: impl Into<String>) -> Self {
        self.streaming.insert(name.into());
        self
    }

    /// The name of the case.
    pub fn name(&self) -> &str {
        self.file["case"].as_str().unwrap_or_default()
    }

    /// A field of the file, such as `input` or `options`; null if it has none.
    pub fn field(&self, name: &str) -> &Value {
        &self.file[name]
    }

    /// What the call raised, in the words of the error.
    pub fn raised(&self) -> Option<&str> {
        self.file["raised"]["message"].as_str()
    }

    /// Compares a trace of ours with the golden one, by the [rules](super#how-traces-are-compared).
    ///
    /// The items are those of an [`EventStream`](runnable_events::EventStream): events, and the
    /// error that ended the call, if one did.
    ///
    /// # Errors
    ///
    /// All differences.
    pub fn compare(&self, items: &[Result<StreamEvent>]) -> Result<(), Mismatch> {
        let mut golden = Trace::golden(&self.file["events"], &self.names);
        let mut ours = Trace::ours(items);
        if self.file["concurrent"] == true {
            (golden, ours) = (golden.in_any_order(), ours.in_any_order());
        }
        let mut comparison = Comparison::new(golden, ours);
        comparison.filtered = self.is_filtered();
        comparison.retrying = self.retries;
        comparison.streaming = self.streaming.clone();
        let mut differences = comparison.differences();
        let raised = if self.retries { None } else { self.raised() };
        let error = items.iter().find_map(|item| Some(item.as_ref().err()?.message()));
        if raised != error.as_deref() {
            let said = |error: Option<&str>| error.unwrap_or("nothing").to_owned();
            let (golden, ours) = (said(raised), said(error.as_deref()));
            differences.push(format!("raised: {golden} in gold, {ours} in ours"));
        }
        if differences.is_empty() { Ok(()) } else { Err(Mismatch::new(self.name(), differences)) }
    }

    /// [Compares](Self::compare), and panics with all differences if there are any.
    #[track_caller]
    pub fn assert_events(&self, items: &[Result<StreamEvent>]) {
        if let Err(mismatch) = self.compare(items) {
            panic!("{mismatch}");
        }
    }

    fn is_filtered(&self) -> bool {
        let options = self.file["options"].as_object();
        options.is_some_and(|options| {
            options.keys().any(|key| key.starts_with("include_") || key.starts_with("exclude_"))
        })
    }
}
