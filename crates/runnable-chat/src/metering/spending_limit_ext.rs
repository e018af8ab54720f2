//! [`SpendingLimitExt`]: adds a spending limit to a step.

use runnable_core::Runnable;

use super::{spending_limit::SpendingLimit, spending_limited::SpendingLimited};

/// Adds [`with_spending_limit`](Self::with_spending_limit) to every step.
pub trait SpendingLimitExt: Runnable {
    /// Limits how many tokens the models of this step may use, and how much they may cost.
    ///
    /// When the limit is reached, everything that still runs in the step is dropped, and the call
    /// fails. [`SpendingLimit`] describes which calls count and how steps share a limit.
    ///
    /// # Errors
    ///
    /// The step returns [`ErrorKind::SpendingLimit`] if the limit is reached. An enclosing retry
    /// does not retry this error. An enclosing fallback acts on it, and can use a cheaper model.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::{metering::{SpendingLimit, SpendingLimitReached}, prelude::*};
    /// # use runnable_chat::model::{ChatProvider, ChatRequest};
    /// # #[derive(Debug)] struct Mini;
    /// # impl ChatProvider for Mini {
    /// #     fn run_name(&self) -> &str { "Mini" }
    /// #     fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
    /// #         let mut answer = AiMessage::new("Paris");
    /// #         answer.usage = Some(Usage::new(400, 200));
    /// #         ChunkStream::once(answer)
    /// #     }
    /// # }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let model = ChatModel::new(Mini);
    /// // Each call of the model uses 600 tokens.
    /// let limit = SpendingLimit::new().max_tokens(1_000);
    /// let limited = model.pipe(text()).with_spending_limit(limit.clone());
    ///
    /// assert_eq!(limited.invoke("The capital of France?").await?, "Paris");
    /// assert_eq!(limited.invoke("The capital of France?").await?, "Paris");
    /// let error = limited.invoke("The capital of France?").await.unwrap_err();
    ///
    /// assert_eq!(error.kind(), ErrorKind::SpendingLimit);
    /// match error.downcast_ref() {
    ///     Some(SpendingLimitReached::Tokens { limit, used, .. }) => {
    ///         assert_eq!((*limit, *used), (1_000, 1_200));
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// assert_eq!(limit.spent().total().calls, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`ErrorKind::SpendingLimit`]: runnable_core::ErrorKind::SpendingLimit
    fn with_spending_limit(self, limit: SpendingLimit) -> SpendingLimited<Self> {
        SpendingLimited::new(self, limit)
    }
}

impl<R: Runnable> SpendingLimitExt for R {}
