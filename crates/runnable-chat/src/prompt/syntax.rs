//! The syntaxes in which the text of a message template can be written.

use runnable_core::Dict;

use super::{fill_error::FillError, fstring};

/// The syntax of a message template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `{name}` is a variable.
    #[default]
    FString,
    #[cfg(feature = "jinja")]
    Jinja,
}

impl Syntax {
    /// Returns the names of the variables in a template. The error is the reason for the user.
    pub(super) fn variables(self, template: &str) -> Result<Vec<String>, String> {
        match self {
            Self::FString => fstring::variables(template),
            #[cfg(feature = "jinja")]
            Self::Jinja => super::jinja::variables(template),
        }
    }

    /// Replaces the variables in a template by the values.
    pub(super) fn fill(self, template: &str, values: &Dict) -> Result<String, FillError> {
        match self {
            Self::FString => fstring::fill(template, values),
            #[cfg(feature = "jinja")]
            Self::Jinja => super::jinja::fill(template, values),
        }
    }

    /// Returns a variable as it is written in a template of this syntax.
    pub(super) fn written(self, variable: &str) -> String {
        match self {
            Self::FString => format!("{{{variable}}}"),
            #[cfg(feature = "jinja")]
            Self::Jinja => format!("{{{{ {variable} }}}}"),
        }
    }
}
