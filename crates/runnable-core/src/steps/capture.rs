//! A function that is handed what it captures.

use crate::RunContext;

/// Makes a function for a step of a function that also takes `captured`, such as another step.
///
/// Each call of the function gets a clone of `captured` as its first argument. So an async function
/// owns the steps that it calls, and no closure around it has to clone them by hand. Several values
/// are captured as a tuple.
///
/// It fits wherever a function takes an input and the [`RunContext`] of its run, such as
/// [`async_lambda`](super::async_lambda), [`stream_lambda`](super::stream_lambda) and
/// [`generator`](super::generator).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let shout = lambda(|text: String| text.to_uppercase());
/// let length = lambda(|text: String| text.len());
///
/// let both = async_lambda(capture((shout, length), |(shout, length), text: String, cx| async move {
///     let shouted = shout.invoke(&text).config(&cx).await?;
///     let length = length.invoke(text).config(&cx).await?;
///     Ok(format!("{shouted}: {length}"))
/// }));
///
/// assert_eq!(both.invoke("four").await?, "FOUR: 4");
/// # Ok(())
/// # }
/// ```
pub fn capture<T, I, O, F>(
    captured: T,
    f: F,
) -> impl Fn(I, RunContext) -> O + Clone + Send + Sync + 'static
where
    T: Clone + Send + Sync + 'static,
    F: Fn(T, I, RunContext) -> O + Clone + Send + Sync + 'static,
{
    move |input, cx| f(captured.clone(), input, cx)
}
