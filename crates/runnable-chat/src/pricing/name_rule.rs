//! [`NameRule`]: decides whether a name belongs to a row of the prices table.

use serde::Deserialize;

use super::name_pattern::NamePattern;

/// A rule for the names of models or providers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum NameRule {
    /// A pattern that must match.
    Pattern(NamePattern),
    /// Rules of which at least one must match.
    Any(Vec<Self>),
    /// Rules that must all hold.
    Conditions(Conditions),
}

/// Conditions that must all hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conditions {
    /// Rules of which at least one must match.
    any: Option<Vec<NameRule>>,
    /// Rules of which none may match.
    #[serde(default)]
    none: Vec<NameRule>,
    /// Rules that must all match.
    #[serde(default)]
    all: Vec<NameRule>,
}

impl NameRule {
    /// Returns whether the rule matches a name in lower case.
    pub(super) fn is_match(&self, name: &str) -> bool {
        let matches = |rule: &Self| rule.is_match(name);
        match self {
            Self::Pattern(pattern) => pattern.is_match(name),
            Self::Any(rules) => rules.iter().any(matches),
            Self::Conditions(Conditions { any, none, all }) => {
                any.as_ref().is_none_or(|rules| rules.iter().any(matches))
                    && !none.iter().any(matches)
                    && all.iter().all(matches)
            }
        }
    }
}
