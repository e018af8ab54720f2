//! What a chain is made of.

use std::{collections::BTreeSet, fmt};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{mermaid, text};

/// The structure of a step: what it is called, and what it is made of. Made by
/// [`RunnableExt::graph`](crate::RunnableExt::graph).
///
/// ```
/// use runnable_core::prelude::*;
///
/// let size = branch(lambda(|n: u64| n > 10).with_name("is_big"), passthrough())
///     .otherwise(lambda(|n: u64| n * 2).with_name("double"));
/// let chain = passthrough().pipe(size);
///
/// assert_eq!(chain.graph().to_string(), "\
/// RunnableSequence
/// ├─ RunnablePassthrough
/// └─ RunnableBranch
///    ├─ branch:1 if is_big ┄ RunnablePassthrough
///    └─ branch:default ┄ double
/// ");
/// ```
///
/// Displayed, it is a tree for a terminal; serialised, a tree of JSON objects; and it is a
/// [flowchart](Self::to_mermaid).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Graph {
    /// What runs of the step are called.
    pub name: String,
    /// What it is made of.
    pub structure: Structure,
}

/// What a step is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Structure {
    /// Nothing that could be seen.
    Step,
    /// Steps in a row.
    Sequence(Vec<Graph>),
    /// Steps side by side, each with its label; all are run.
    Parallel(Vec<(String, Graph)>),
    /// Steps of which some are run, each with its label: branches, fallbacks, attempts.
    Choice(Vec<(String, Graph)>),
    /// Steps of which one is run, or one step that is changed, as the call's
    /// [configuration](crate::RunConfig::configurable) says.
    ConfigurableField {
        /// The keys that it goes by.
        keys: Vec<String>,
        /// The steps, each with its label.
        options: Vec<(String, Graph)>,
    },
}

impl Structure {
    /// The steps that it is made of.
    pub(crate) fn steps(&self) -> Vec<&Graph> {
        match self {
            Self::Step => Vec::new(),
            Self::Sequence(steps) => steps.iter().collect(),
            Self::Parallel(parts) | Self::Choice(parts) => {
                parts.iter().map(|(_, step)| step).collect()
            }
            Self::ConfigurableField { options, .. } => {
                options.iter().map(|(_, step)| step).collect()
            }
        }
    }
}

impl Graph {
    /// A step that nothing more is known of.
    pub fn step(name: impl Into<String>) -> Self {
        Self { name: name.into(), structure: Structure::Step }
    }

    /// A step that is made of others.
    pub fn new(name: impl Into<String>, structure: Structure) -> Self {
        Self { name: name.into(), structure }
    }

    /// The keys that a call of the step can be [configured](crate::RunConfig::configurable) by, sorted:
    /// those that it declares, and those of the steps that it is made of.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let shout = map_chunks(|text: String| text.to_uppercase());
    /// let voice = passthrough().configurable_alternatives("voice", "calm").with("loud", shout);
    /// let chain = lambda(|name: String| format!("hello, {name}")).pipe(voice);
    ///
    /// assert_eq!(chain.graph().configurable_keys().into_iter().collect::<Vec<_>>(), ["voice"]);
    /// ```
    pub fn configurable_keys(&self) -> BTreeSet<&str> {
        let mut keys = BTreeSet::new();
        self.collect_keys(&mut keys);
        keys
    }

    fn collect_keys<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        if let Structure::ConfigurableField { keys, .. } = &self.structure {
            found.extend(keys.iter().map(String::as_str));
        }
        self.structure.steps().into_iter().for_each(|step| step.collect_keys(found));
    }

    /// A flowchart in the language of [Mermaid](https://mermaid.js.org/syntax/flowchart.html), as
    /// Markdown pages show it.
    pub fn to_mermaid(&self) -> String {
        mermaid::flowchart(self)
    }
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::tree(self))
    }
}

/// `{"name": …}`, and under `sequence`, `parallel` or `choice` what it is made of. What is chosen by
/// configuration has its keys under `configurable`.
impl Serialize for Graph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        match &self.structure {
            Structure::Step => (),
            Structure::Sequence(steps) => map.serialize_entry("sequence", steps)?,
            Structure::Parallel(branches) => {
                map.serialize_entry("parallel", &labelled(branches))?
            }
            Structure::Choice(options) => map.serialize_entry("choice", &labelled(options))?,
            Structure::ConfigurableField { keys, options } => {
                map.serialize_entry("configurable", keys)?;
                map.serialize_entry("choice", &labelled(options))?;
            }
        }
        map.end()
    }
}

fn labelled(parts: &[(String, Graph)]) -> Vec<Labelled<'_>> {
    parts.iter().map(|(label, graph)| Labelled { label, graph }).collect()
}

struct Labelled<'a> {
    label: &'a str,
    graph: &'a Graph,
}

impl Serialize for Labelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("label", self.label)?;
        map.serialize_entry("step", self.graph)?;
        map.end()
    }
}
