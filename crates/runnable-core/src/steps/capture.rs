//! [`capture`]: a function that receives clones of captured values.

use crate::RunContext;

/// Returns a function that calls `f` with a clone of `captured` and its own arguments.
///
/// `f` receives the clone as its first argument. An async function that is created in this way owns
/// the steps that it calls, so you do not have to clone the steps in an outer closure. Pass several
/// values as a tuple.
///
/// Use the result where a function receives an input and the [`RunContext`] of its run, as in
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
