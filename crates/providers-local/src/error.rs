//! The errors of loading and running a model.

use runnable_core::{Error, ErrorKind};
use std::{
    io,
    path::{Path, PathBuf},
};

/// The reason why a local model cannot be loaded, downloaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The model file cannot be read.
    #[error("cannot read the model file {}: {source}", path.display())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// A file or folder of the cache cannot be written.
    #[error("cannot write {}: {source}; set `RUNNABLE_CACHE` to a writable folder", path.display())]
    Write {
        /// The path of the file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The file is not a GGUF file.
    #[error("invalid model file {}: expected a GGUF file, which starts with \"GGUF\", found {found:?}", path.display())]
    NotGguf {
        /// The path of the file.
        path: PathBuf,
        /// The first bytes of the file.
        found: String,
    },

    /// The file is truncated or inconsistent.
    #[error("invalid model file {}: {what}{}; download the file, or convert the original model, again", path.display(), at(*offset))]
    Broken {
        /// The path of the file.
        path: PathBuf,
        /// A description of the problem.
        what: String,
        /// The position of the problem in bytes, if it is known.
        offset: Option<u64>,
    },

    /// The file is valid, but uses a feature that this crate does not support.
    #[error("unsupported model file {}: {what} is not supported; expected {supported}", path.display())]
    Unsupported {
        /// The path of the file.
        path: PathBuf,
        /// The unsupported feature.
        what: String,
        /// The supported alternatives.
        supported: String,
    },

    /// A metadata key or a tensor is missing in the file.
    #[error("invalid model file {}: missing {name}, which llama models require; convert the original model to GGUF again, or download another file", path.display())]
    Missing {
        /// The path of the file.
        path: PathBuf,
        /// The name of the key or the tensor.
        name: String,
    },

    /// The chat template of the file could not render the messages.
    #[error("the chat template of the model failed: {reason}")]
    Template {
        /// The error message of the template engine.
        reason: String,
    },

    /// The conversation does not fit into the context of the model.
    #[error(
        "the prompt has {tokens} tokens, but the context leaves room for {limit}; shorten the \
         conversation, or raise `context_length` if the model allows it"
    )]
    PromptTooLong {
        /// The number of tokens of the prompt.
        tokens: usize,
        /// The maximum number of tokens of a prompt. It is one less than the context, so that an
        /// answer has at least one token.
        limit: usize,
    },

    /// The call was cancelled.
    #[error("the call was cancelled")]
    Cancelled,

    /// The default model is not in the cache, and could not be downloaded.
    #[error(
        "failed to download the default model:\n{}\nput the file at {}, pass the path of a GGUF \
         file, or set `RUNNABLE_LOCAL_MODEL` to it",
        bullets(attempts), path.display()
    )]
    Fetch {
        /// The sources that were tried, each with the error of the download.
        attempts: Vec<String>,
        /// The path that the file would have in the cache.
        path: PathBuf,
    },

    /// A tensor operation failed.
    #[error("inference failed: {0}")]
    Compute(#[from] candle_core::Error),
}

impl LocalError {
    /// Creates the error for an inconsistent file. `what` describes the problem.
    pub(crate) fn broken(path: &Path, what: impl Into<String>) -> Self {
        Self::Broken { path: path.to_owned(), what: what.into(), offset: None }
    }

    /// Creates the error for a file that is inconsistent at the byte `offset`. `what` describes the
    /// problem.
    pub(crate) fn broken_at(path: &Path, what: impl Into<String>, offset: u64) -> Self {
        Self::Broken { path: path.to_owned(), what: what.into(), offset: Some(offset) }
    }

    /// Creates the error for a file with an unsupported feature.
    pub(crate) fn unsupported(
        path: &Path,
        what: impl Into<String>,
        supported: impl Into<String>,
    ) -> Self {
        Self::Unsupported { path: path.to_owned(), what: what.into(), supported: supported.into() }
    }

    /// Creates the error for a file in which the metadata key or tensor `name` is missing.
    pub(crate) fn missing(path: &Path, name: impl Into<String>) -> Self {
        Self::Missing { path: path.to_owned(), name: name.into() }
    }

    /// Returns a function that converts an I/O error to an error about reading the file at `path`.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// Returns a function that converts an I/O error to an error about writing the file at `path`.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

/// Converts the error to an error of the kind that the [error table of this crate](crate#errors)
/// lists for it.
impl From<LocalError> for Error {
    fn from(error: LocalError) -> Self {
        let kind = match &error {
            LocalError::Read { .. } => ErrorKind::NotFound,
            LocalError::NotGguf { .. }
            | LocalError::Broken { .. }
            | LocalError::Unsupported { .. }
            | LocalError::Missing { .. }
            | LocalError::Template { .. } => ErrorKind::InvalidInput,
            LocalError::PromptTooLong { .. } => ErrorKind::ContextLength,
            LocalError::Cancelled => ErrorKind::Cancelled,
            LocalError::Fetch { .. } => ErrorKind::Connection,
            LocalError::Write { .. } | LocalError::Compute(_) => ErrorKind::Other,
        };
        Self::wrap(kind, error)
    }
}

fn at(offset: Option<u64>) -> String {
    offset.map(|offset| format!(" (at byte {offset})")).unwrap_or_default()
}

fn bullets(attempts: &[String]) -> String {
    attempts.iter().map(|attempt| format!("  - {attempt}")).collect::<Vec<_>>().join("\n")
}
