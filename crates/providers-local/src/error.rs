//! Everything that can go wrong between a model file and its answer.

use runnable_core::{Error, ErrorKind};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why the local model cannot be loaded, fetched or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The operating system refuses to read the file.
    #[error("cannot read the model file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },

    /// A file or folder of the cache cannot be written.
    #[error("cannot write {}: {source}; set RUNNABLE_CACHE to a folder that is writable", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },

    /// The file is something else than a GGUF file.
    #[error("{} is not a GGUF file: it starts with {found:?}, not with \"GGUF\"", path.display())]
    NotGguf {
        /// The file.
        path: PathBuf,
        /// Its first bytes.
        found: String,
    },

    /// The file is cut short, or what it says about itself does not hold.
    #[error("{} is broken: {what}{}; fetch or convert it again", path.display(), at(*offset))]
    Broken {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        what: String,
        /// How far into the file that was noticed, where that tells something.
        offset: Option<u64>,
    },

    /// The file is sound, but of a kind this engine does not run.
    #[error("{}: {what} is not supported; supported: {supported}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The feature of the file.
        what: String,
        /// What would be fine.
        supported: String,
    },

    /// The file lacks a metadata key or a tensor.
    #[error("{} has no {name}, which a llama model needs; convert it again", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key or the tensor.
        name: String,
    },

    /// The chat template of the file cannot be applied to the messages.
    #[error("the chat template of the model failed: {reason}")]
    Template {
        /// What the template engine says.
        reason: String,
    },

    /// The conversation does not fit into the context of the model.
    #[error(
        "the prompt has {tokens} tokens, and the model's context holds {limit} with room for an \
         answer; shorten the conversation"
    )]
    PromptTooLong {
        /// The tokens of the prompt.
        tokens: usize,
        /// The longest prompt that leaves room for one token of an answer.
        limit: usize,
    },

    /// The caller raised its cancel flag.
    #[error("cancelled")]
    Cancelled,

    /// The default model is not on this machine, and no source gave it.
    #[error(
        "the default model could not be fetched:\n{}\nput the file at {}, pass the path of a GGUF \
         file, or set RUNNABLE_LOCAL_MODEL to it",
        bullets(attempts), path.display()
    )]
    Fetch {
        /// Each source that was tried, with its reason.
        attempts: Vec<String>,
        /// Where the file is looked for.
        path: PathBuf,
    },

    /// A tensor operation failed.
    #[error("the model could not be computed: {0}")]
    Compute(#[from] candle_core::Error),
}

impl LocalError {
    /// The file at `path` contradicts itself.
    pub(crate) fn broken(path: &Path, what: impl Into<String>) -> Self {
        Self::Broken { path: path.to_owned(), what: what.into(), offset: None }
    }

    /// The file at `path` makes no sense at a certain byte.
    pub(crate) fn broken_at(path: &Path, what: impl Into<String>, offset: u64) -> Self {
        Self::Broken { path: path.to_owned(), what: what.into(), offset: Some(offset) }
    }

    /// The file at `path` asks for something this engine does not have.
    pub(crate) fn unsupported(
        path: &Path,
        what: impl Into<String>,
        supported: impl Into<String>,
    ) -> Self {
        Self::Unsupported { path: path.to_owned(), what: what.into(), supported: supported.into() }
    }

    /// The file at `path` lacks `name`.
    pub(crate) fn missing(path: &Path, name: impl Into<String>) -> Self {
        Self::Missing { path: path.to_owned(), name: name.into() }
    }

    /// Turns an I/O error on `path` into one that names the file.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// Turns an I/O error on `path` into one that names what could not be written.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

/// The kinds say what a caller can do about the error.
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
