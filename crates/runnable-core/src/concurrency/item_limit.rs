//! [`ItemLimit`]: the limit that a step sets for the number of concurrent inputs of a batch.

use std::{borrow::Cow, sync::Arc};

use serde_json::{Map, Value};

/// Returns the smaller of two optional limits.
pub(crate) fn stricter(limit: Option<usize>, other: Option<usize>) -> Option<usize> {
    limit.into_iter().chain(other).min()
}

/// The limit that a step sets for the number of concurrent items of a batch or an `each`. The limit
/// can depend on the alternative that the call selects.
#[derive(Clone, Debug, Default)]
pub(crate) struct ItemLimit {
    own: Option<usize>,
    choices: Vec<Arc<Choice>>,
}

/// The limits of several alternative steps. A call selects one of the steps.
#[derive(Clone, Debug)]
struct Choice {
    key: String,
    /// The name of the step that runs if the call does not select one.
    default: Cow<'static, str>,
    members: Vec<(Cow<'static, str>, ItemLimit)>,
}

impl ItemLimit {
    /// Creates the limit for alternative steps. A call selects one of `members` with the
    /// configurable `key`. The first member is the default.
    pub(crate) fn of_choice(key: &str, members: Vec<(Cow<'static, str>, Self)>) -> Self {
        let is_limited = members.iter().any(|(_, limit)| limit.is_some());
        let choices = match members.first().filter(|_| is_limited) {
            Some((default, _)) => {
                let (key, default) = (key.to_owned(), default.clone());
                vec![Arc::new(Choice { key, default, members })]
            }
            None => Vec::new(),
        };
        Self { own: None, choices }
    }

    fn is_some(&self) -> bool {
        self.own.is_some() || !self.choices.is_empty()
    }

    /// Combines this limit with another. The result applies both.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.choices.extend(other.choices.iter().cloned());
        Self { own: stricter(self.own, other.own), choices: self.choices }
    }

    /// Adds a limit that applies to all alternatives.
    pub(crate) fn at_most(mut self, limit: usize) -> Self {
        self.own = stricter(self.own, Some(limit));
        self
    }

    /// Replaces the default alternatives by the alternatives that a configuration selects. They
    /// apply to calls that select none.
    pub(crate) fn bound(mut self, configurable: &Map<String, Value>) -> Self {
        if configurable.is_empty() {
            return self;
        }
        for choice in &mut self.choices {
            let choice = Arc::make_mut(choice);
            if let Some(Value::String(name)) = configurable.get(&choice.key) {
                choice.default = name.clone().into();
            }
            for (_, limit) in &mut choice.members {
                *limit = std::mem::take(limit).bound(configurable);
            }
        }
        self
    }

    /// Returns the limit that applies to a call with these configurable values.
    pub(crate) fn for_call<'a>(
        &self,
        configurable: impl Fn(&str) -> Option<&'a Value>,
    ) -> Option<usize> {
        self.look_up(&configurable)
    }

    fn look_up<'a>(&self, configurable: &dyn Fn(&str) -> Option<&'a Value>) -> Option<usize> {
        let of_choice = |choice: &Arc<Choice>| {
            let chosen = match configurable(&choice.key) {
                Some(Value::String(chosen)) => chosen,
                _ => &*choice.default,
            };
            let (_, limit) = choice.members.iter().find(|(name, _)| name == chosen)?;
            limit.look_up(configurable)
        };
        self.choices.iter().map(of_choice).fold(self.own, stricter)
    }
}
