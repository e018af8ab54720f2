//! [`Answer`]: the answer of an interceptor.

use std::fmt;

use futures_core::{Stream, stream::BoxStream};
use futures_util::{StreamExt, stream};
use runnable_core::{Error, Result};
use serde_json::Value;

/// The answer of an [`Interceptor`](super::Interceptor) to a call: parts, or an error.
///
/// The step reads the parts as its own type of output or of chunks.
#[must_use = "an answer is served only if the interceptor returns it"]
pub struct Answer {
    pub(super) parts: BoxStream<'static, Result<AnswerPart>>,
}

/// A part of an [`Answer`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnswerPart {
    /// A chunk of the output, as JSON. Only a step that streams uses it.
    Chunk(Value),
    /// The complete output, as JSON. A step that streams uses it only if there was no chunk.
    Output(Value),
}

impl Answer {
    /// Creates an answer that consists of the complete output.
    pub fn output(output: impl Into<Value>) -> Self {
        Self::parts([AnswerPart::Output(output.into())])
    }

    /// Creates an answer that consists of these parts, without delays.
    pub fn parts(parts: impl IntoIterator<Item = AnswerPart>) -> Self {
        let parts: Vec<_> = parts.into_iter().map(Ok).collect();
        Self::stream(stream::iter(parts))
    }

    /// Creates an answer that is an error.
    pub fn error(error: Error) -> Self {
        Self::stream(stream::iter([Err(error)]))
    }

    /// Creates an answer whose parts arrive over time.
    ///
    /// The stream is polled only while the step is polled, and dropped with it.
    pub fn stream(parts: impl Stream<Item = Result<AnswerPart>> + Send + 'static) -> Self {
        Self { parts: parts.boxed() }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}
