//! [`CandidateName`]: the name of a candidate.

use std::fmt;

/// The name of a candidate: a text, or a pair of a model and a prompt.
///
/// # Examples
///
/// ```
/// use runnable_evaluations::CandidateName;
///
/// let name = CandidateName::from(("gpt-4o-mini", "terse"));
/// assert_eq!(name, CandidateName::from("gpt-4o-mini · terse"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CandidateName {
    name: String,
}

impl CandidateName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl From<&str> for CandidateName {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned() }
    }
}

impl From<String> for CandidateName {
    fn from(name: String) -> Self {
        Self { name }
    }
}

/// Joins the names of a model and of a prompt.
impl<M: fmt::Display, P: fmt::Display> From<(M, P)> for CandidateName {
    fn from((model, prompt): (M, P)) -> Self {
        Self { name: format!("{model} · {prompt}") }
    }
}

impl fmt::Display for CandidateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
