//! [`Graph`] and [`Structure`]: the names and parts of a step, for display.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer, ser::SerializeMap};

/// The name of a step, and the steps from which it is made.
///
/// Created by [`RunnableExt::graph`](crate::RunnableExt::graph). A graph displays as a tree for a
/// terminal, serializes to nested JSON objects, and converts to a [flowchart](Self::to_mermaid).
///
/// # Examples
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
#[doc(alias("draw_ascii", "get_graph"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Graph {
    /// The name of the step, which its runs also have.
    pub name: String,
    /// The parts of the step.
    pub structure: Structure,
}

/// The parts of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Structure {
    /// A step without visible parts.
    Step,
    /// Steps that run one after another.
    Sequence(Vec<Graph>),
    /// Steps that all run, in parallel, each with its label.
    Parallel(Vec<(String, Graph)>),
    /// Steps of which only some run, each with its label: branches, fallbacks or attempts.
    Choice(Vec<(String, Graph)>),
    /// A step that depends on the [configuration](crate::RunConfig::configurable) of a call: the
    /// call selects one of several steps, or changes a step.
    Configurable {
        /// The configurable keys.
        keys: Vec<String>,
        /// The steps, each with its label.
        options: Vec<(String, Graph)>,
    },
}

impl Structure {
    /// Returns the graphs of the steps that are parts of this step.
    pub(crate) fn steps(&self) -> Vec<&Graph> {
        match self {
            Self::Step => Vec::new(),
            Self::Sequence(steps) => steps.iter().collect(),
            Self::Parallel(parts) | Self::Choice(parts) => {
                parts.iter().map(|(_, step)| step).collect()
            }
            Self::Configurable { options, .. } => options.iter().map(|(_, step)| step).collect(),
        }
    }
}

impl Graph {
    /// Creates the graph of a step without visible parts.
    pub fn step(name: impl Into<String>) -> Self {
        Self { name: name.into(), structure: Structure::Step }
    }

    /// Creates the graph of a step with these parts.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::{Graph, Structure};
    ///
    /// let steps = vec![Graph::step("a"), Graph::step("b")];
    /// let graph = Graph::new("pair", Structure::Sequence(steps));
    /// assert_eq!(graph.to_string(), "pair\n├─ a\n└─ b\n");
    /// ```
    pub fn new(name: impl Into<String>, structure: Structure) -> Self {
        Self { name: name.into(), structure }
    }

    /// Returns the keys that a call of the step can [configure](crate::RunConfig::configurable),
    /// sorted.
    ///
    /// The keys are those that the step declares, and those of all steps inside it.
    ///
    /// # Examples
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
    #[doc(alias("config_specs", "config_schema"))]
    pub fn configurable_keys(&self) -> BTreeSet<&str> {
        let mut keys = BTreeSet::new();
        self.collect_keys(&mut keys);
        keys
    }

    fn collect_keys<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        if let Structure::Configurable { keys, .. } = &self.structure {
            found.extend(keys.iter().map(String::as_str));
        }
        self.structure.steps().into_iter().for_each(|step| step.collect_keys(found));
    }
}

/// Serializes the graph as a map. The map has the `name`, and the parts under the key `sequence`,
/// `parallel` or `choice`. For a configurable step, the map also has the keys, under
/// `configurable`.
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
            Structure::Configurable { keys, options } => {
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
