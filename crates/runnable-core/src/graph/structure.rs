//! What a chain is made of.

use std::fmt;

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

/// `{"name": …}`, and under `sequence`, `parallel` or `choice` what it is made of.
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
