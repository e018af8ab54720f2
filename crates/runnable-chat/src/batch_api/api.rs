//! [`BatchApi`]: the Batch API of a model.

use std::sync::Arc;

use super::BatchProvider;
use crate::ChatOptions;

/// The Batch API of a model. Created by [`ChatModel::batch_api`](crate::ChatModel::batch_api).
///
/// A clone is a handle to the same API.
#[derive(Clone, Debug)]
pub struct BatchApi {
    provider: Arc<dyn BatchProvider>,
    options: ChatOptions,
}

impl BatchApi {
    pub(crate) fn new(provider: Arc<dyn BatchProvider>, options: ChatOptions) -> Self {
        Self { provider, options }
    }

    /// Returns the provider's name, such as `openai`.
    pub fn provider(&self) -> &str {
        self.provider.provider()
    }

    /// Returns the options of the requests.
    pub fn options(&self) -> &ChatOptions {
        &self.options
    }
}
