//! The model that is measured, with default settings.

use providers_openai::openai;
use runnable_chat::ChatModel;
use runnable_core::{Result, RunnableExt};

use crate::{
    sample::{MODEL, QUESTION},
    server::Address,
};

pub(crate) fn model(address: &Address) -> Result<ChatModel> {
    openai(MODEL).base_url(&*address.0).api_key("x").build()
}

/// Returns the number of bytes of text in a streamed answer.
pub(crate) async fn stream(model: &ChatModel) -> Result<usize> {
    let mut read = 0;
    let mut answer = model.stream(QUESTION);
    while let Some(chunk) = answer.next().await {
        read += chunk?.text().len();
    }
    Ok(read)
}

/// Returns the number of bytes of text in many answers.
pub(crate) async fn batch(model: &ChatModel, requests: usize, at_once: usize) -> Result<usize> {
    let answers = model.batch(vec![QUESTION; requests]).max_concurrency(at_once).await;
    answers.into_iter().map(|answer| Ok(answer?.text().len())).sum()
}

/// Returns the number of bytes of text in the answers of one model.
pub(crate) async fn calls_of_one(address: &Address, calls: usize) -> Result<usize> {
    let (mut read, model) = (0, model(address)?);
    for _ in 0..calls {
        read += model.invoke(QUESTION).await?.text().len();
    }
    Ok(read)
}

/// Returns the number of bytes of text in the answers of many models, each built for one call.
pub(crate) async fn calls_of_each(address: &Address, calls: usize) -> Result<usize> {
    let mut read = 0;
    for _ in 0..calls {
        read += model(address)?.invoke(QUESTION).await?.text().len();
    }
    Ok(read)
}
