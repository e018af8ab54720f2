//! [`Part`]: an element of the path of an error.

use std::{borrow::Cow, fmt, panic::Location};

/// An element of the path of an error: a step that the error has passed.
#[derive(Clone)]
pub(crate) struct Part {
    pub(crate) name: Cow<'static, str>,
    /// The source location of the closure from which the step was made. `None` for other steps.
    pub(crate) source: Option<&'static Location<'static>>,
}

impl From<Cow<'static, str>> for Part {
    fn from(name: Cow<'static, str>) -> Self {
        Self { name, source: None }
    }
}

/// Prints `shout`, or `RunnableLambda at src/main.rs:12`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Some(source) => write!(f, "{} at {}:{}", self.name, source.file(), source.line()),
            None => f.write_str(&self.name),
        }
    }
}
