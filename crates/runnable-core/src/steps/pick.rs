//! [`Pick`] and [`PickMany`]: steps that return some of the values of a dict.

use futures_util::{StreamExt, future};
use serde_json::Value;

use crate::{ChunkStream, Dict, InputStream, Result, RunContext, Runnable, StepInfo};

/// Creates a step that returns one value of a [`Dict`], or `null` if the name is missing.
///
/// For a field of a struct, use [`pick!`](crate::pick!).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// assert_eq!(pick("n").invoke(dict! { n: 7, text: "four" }).await?, 7);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnablePick")]
pub fn pick(name: impl Into<String>) -> Pick {
    Pick { name: name.into() }
}

/// Creates a step that returns a [`Dict`] with only some of its values. Missing names are left out.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let picked = pick_many(["n", "missing"]).invoke(dict! { n: 7, text: "four" }).await?;
/// assert_eq!(picked, dict! { n: 7 });
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RunnablePick")]
pub fn pick_many<T: Into<String>>(names: impl IntoIterator<Item = T>) -> PickMany {
    PickMany { names: names.into_iter().map(Into::into).collect() }
}

/// A step that returns one value of a dict. Created by [`pick`].
#[doc(alias = "RunnablePick")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct Pick {
    name: String,
}

impl Runnable for Pick {
    type Input = Dict;
    type Output = Value;

    async fn run(&self, values: Dict, _: RunContext) -> Result<Value> {
        Ok(values.get(&self.name).cloned().unwrap_or_default())
    }

    fn run_transform(&self, values: InputStream<Dict>, _: RunContext) -> ChunkStream<Value> {
        let name = self.name.clone();
        ChunkStream::new(values.into_chunks().filter_map(move |chunk| {
            let picked = chunk.map(|chunk| chunk.get(&name).cloned());
            future::ready(picked.transpose())
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnablePick<{}>", self.name))
    }
}

/// A step that returns some values of a dict. Created by [`pick_many`].
#[doc(alias = "RunnablePick")]
#[derive(Clone, Debug)]
#[must_use = "a chain does nothing until it is run"]
pub struct PickMany {
    names: Vec<String>,
}

impl Runnable for PickMany {
    type Input = Dict;
    type Output = Dict;

    async fn run(&self, values: Dict, _: RunContext) -> Result<Dict> {
        let values = values.into_values();
        Ok(values.filter(|(name, _)| self.names.contains(name)).collect())
    }

    fn run_transform(&self, values: InputStream<Dict>, _: RunContext) -> ChunkStream<Dict> {
        let names = self.names.clone();
        ChunkStream::new(values.into_chunks().filter_map(move |chunk| {
            let unwanted = |name: &str| !names.iter().any(|wanted| wanted == name);
            let picked = chunk.map(|chunk| Some(chunk.without(unwanted)).filter(|c| !c.is_empty()));
            future::ready(picked.transpose())
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new(format!("RunnablePick<{}>", self.names.join(",")))
    }
}
