//! [`Router`]: a step that receives a name and calls the step of that name.

use std::{borrow::Cow, fmt};

use crate::{
    ChildPosition, ChunkStream, Chunked, DynRunnable, Error, ErrorKind, InputStream, Result,
    RunContext, Runnable, Runs, Scope, StepInfo, Structure,
    protocol::{graph_of::graph_of, links::Links},
};

/// Creates a [`Router`] that calls `step` with the inputs that are sent to `name`.
///
/// Add other routes with [`Router::with`].
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let calculator = router("double", lambda(|n: i64| n * 2)).with("negate", lambda(|n: i64| -n));
///
/// assert_eq!(calculator.invoke(("negate".to_owned(), 7)).await?, -7);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "RouterRunnable")]
pub fn router<R: Runnable>(
    name: impl Into<Cow<'static, str>>,
    step: R,
) -> Router<R::Input, R::Output> {
    Router { routes: Vec::new() }.with(name, step)
}

/// A step that receives a name and an input, and calls the step of that name.
///
/// Created by [`router`]. It does not have its own run: the run of the called step takes its place,
/// and its [`choice`](crate::Run::choice) is `route:` and the name.
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the name is unknown. The message lists the known names.
#[doc(alias = "RouterRunnable")]
#[must_use = "a chain does nothing until it is run"]
pub struct Router<I, O> {
    routes: Vec<(Cow<'static, str>, DynRunnable<I, O>)>,
}

impl<I: Chunked, O: Chunked> Router<I, O> {
    /// Adds a route. If the name is in use, the step replaces the existing step.
    pub fn with<R>(mut self, name: impl Into<Cow<'static, str>>, step: R) -> Self
    where
        R: Runnable<Input = I, Output = O>,
    {
        let (name, step) = (name.into(), DynRunnable::new(step));
        match self.routes.iter_mut().find(|(other, _)| *other == name) {
            Some((_, taken)) => *taken = step,
            None => self.routes.push((name, step)),
        }
        self
    }

    fn route(&self, wanted: &str) -> Result<&DynRunnable<I, O>> {
        if let Some((_, step)) = self.routes.iter().find(|(name, _)| name == wanted) {
            return Ok(step);
        }
        let known: Vec<_> = self.routes.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("unknown route `{wanted}`: expected one of {}", known.join(", "));
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

/// Returns the scope in which the step of the route `name` is called.
fn scope<'a>(cx: &'a RunContext, name: &str) -> Scope<'a> {
    cx.child(ChildPosition::Untagged).choosing(|| format!("route:{name}"))
}

#[deny(clippy::missing_trait_methods)]
impl<I: Chunked, O: Chunked> Runnable for Router<I, O> {
    type Input = (String, I);
    type Output = O;

    async fn run(&self, (name, input): (String, I), cx: RunContext) -> Result<O> {
        let step = self.route(&name)?;
        scope(&cx, &name).invoke_inline(step, input).await
    }

    fn run_stream(&self, (name, input): (String, I), cx: RunContext) -> ChunkStream<O> {
        match self.route(&name) {
            Ok(step) => scope(&cx, &name).stream(step, input),
            Err(error) => ChunkStream::error(error),
        }
    }

    /// Waits for the complete input, because the name of the step is part of it.
    fn run_transform(&self, input: InputStream<(String, I)>, cx: RunContext) -> ChunkStream<O> {
        let step = self.clone();
        input.concat_then(move |input| step.run_stream(input, cx))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("RouterRunnable")
    }

    fn structure(&self) -> Structure {
        let routes = self.routes.iter();
        Structure::Choice(routes.map(|(name, step)| (name.to_string(), graph_of(step))).collect())
    }

    fn runs(&self) -> Runs {
        Runs::Transparent
    }

    fn into_links(self) -> Result<Links, Self> {
        Err(self)
    }
}

impl<I, O> Clone for Router<I, O> {
    fn clone(&self) -> Self {
        Self { routes: self.routes.clone() }
    }
}

impl<I, O> fmt::Debug for Router<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.routes.iter().map(|(name, step)| (name, step))).finish()
    }
}
