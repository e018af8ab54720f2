//! The model, as its users have it.

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

/// How many bytes of text a streamed answer has.
pub(crate) async fn stream(model: &ChatModel) -> Result<usize> {
    let mut read = 0;
    let mut answer = model.stream(QUESTION);
    while let Some(chunk) = answer.next().await {
        read += chunk?.text().len();
    }
    Ok(read)
}

/// How many bytes of text many answers have.
pub(crate) async fn batch(model: &ChatModel, requests: usize, at_once: usize) -> Result<usize> {
    let answers = model.batch(vec![QUESTION; requests]).max_concurrency(at_once).await;
    answers.into_iter().map(|answer| Ok(answer?.text().len())).sum()
}

/// How many bytes of text the answers of one model have.
pub(crate) async fn calls_of_one(address: &Address, calls: usize) -> Result<usize> {
    let (mut read, model) = (0, model(address)?);
    for _ in 0..calls {
        read += model.invoke(QUESTION).await?.text().len();
    }
    Ok(read)
}

/// How many bytes of text the answers of as many models have, each built for one call.
pub(crate) async fn calls_of_each(address: &Address, calls: usize) -> Result<usize> {
    let mut read = 0;
    for _ in 0..calls {
        read += model(address)?.invoke(QUESTION).await?.text().len();
    }
    Ok(read)
}
