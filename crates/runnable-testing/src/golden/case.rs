//! Reads golden files, and compares events with them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use runnable_core::{Error, ErrorKind, Result};
use runnable_events::StreamEvent;
use serde_json::Value;

use super::{comparison::Comparison, mismatch::Mismatch, trace::Trace};

/// The content of a golden file: a call of a chain, and the events that another implementation
/// produced for this call.
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
    /// Returns [`ErrorKind::NotFound`] if the file cannot be read, and the errors of
    /// [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read the golden file {}", path.display());
            Error::new(ErrorKind::NotFound, message).with_source(error)
        })?;
        Self::parse(&text)
    }

    /// Parses the text of a golden file.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`] if the text is not a JSON object with the string field `case`.
    pub fn parse(text: &str) -> Result<Self> {
        let file: Value = serde_json::from_str(text)?;
        if !file["case"].is_string() {
            let message = "invalid golden file: expected a JSON object with a string field `case`";
            return Err(Error::new(ErrorKind::Parse, message));
        }
        Ok(Self { file, names: BTreeMap::new(), retries: false, streaming: BTreeSet::new() })
    }

    /// Treats the run name `golden` in the file as equal to the run name `ours` in this
    /// implementation.
    ///
    /// Use this for the names of models, because implementations have different names for them.
    #[must_use]
    pub fn rename(mut self, golden: impl Into<String>, ours: impl Into<String>) -> Self {
        self.names.insert(golden.into(), ours.into());
        self
    }

    /// Accepts retries that the golden trace does not contain.
    ///
    /// Use this if the recorded call failed where this implementation retries. Further attempts
    /// after the recorded events, and a successful result of the call, then do not count as
    /// differences.
    #[must_use]
    pub fn allow_retries(mut self) -> Self {
        self.retries = true;
        self
    }

    /// Accepts chunk events of runs with this name, even if the golden trace has no such events.
    ///
    /// This is needed for a branch, or a step with fallbacks, inside a sequence.
    #[must_use]
    pub fn streaming(mut self, name: impl Into<String>) -> Self {
        self.streaming.insert(name.into());
        self
    }

    /// Returns the name of the case.
    pub fn name(&self) -> &str {
        self.file["case"].as_str().unwrap_or_default()
    }

    /// Returns a field of the file, such as `input` or `options`, or `null` if it is missing.
    pub fn field(&self, name: &str) -> &Value {
        &self.file[name]
    }

    /// Returns the error message of the recorded call, if the call failed.
    pub fn raised(&self) -> Option<&str> {
        self.file["raised"]["message"].as_str()
    }

    /// Compares events with the golden trace, by the [rules](super#how-traces-are-compared).
    ///
    /// `items` are the items of an [`EventStream`](runnable_events::EventStream): the events, and
    /// the error if the call failed.
    ///
    /// # Errors
    ///
    /// Returns all differences, if there are any.
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
            let text = |error: Option<&str>| error.unwrap_or("no error").to_owned();
            let (golden, ours) = (text(raised), text(error.as_deref()));
            differences.push(format!("error: expected {golden}, found {ours}"));
        }
        if differences.is_empty() { Ok(()) } else { Err(Mismatch::new(self.name(), differences)) }
    }

    /// [Compares](Self::compare) events with the golden trace, and panics if they differ.
    ///
    /// # Panics
    ///
    /// Panics with a list of all differences, if there are any.
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
