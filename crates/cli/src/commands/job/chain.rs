//! The chain of a job: a prompt, a model, and a parser of its answer.

use std::{fs, path::Path};

use runnable::{
    AiMessage, Dict, FinishReason, Result as RunnableResult,
    jobs::{BatchQueue, BatchQueueExt},
    model::{ResponseFormat, ResponseSchema},
    parser::one_of,
    prelude::*,
    rate_limit::{ModelRateLimitExt, RateLimiter},
};
use serde_json::Value;

use super::{question::Question, stored_task::StoredTask};
use crate::{
    arguments::{JobLimits, JobTask},
    exit::{Failure, Result},
};

/// The chain of a job, from a row to the answer.
pub(super) type Chain = DynRunnable<Dict, Value>;

/// Returns the chain of the job in a folder.
pub(super) fn chain(folder: &Path, StoredTask { task, limits }: &StoredTask) -> Result<Chain> {
    let mut model = model_of(task, limits)?;
    if task.batch_api {
        // Fails before the queue creates its folder.
        _ = model.batch_api()?;
        // What the service could not answer in time is answered by a live call.
        let queue = BatchQueue::open(folder.join("batches"))?.fall_back_to_live_calls();
        model = model.through_batch_api(&queue)?;
    }
    let answer = Question::new(task)?.into_step().pipe(model).pipe(try_lambda(answered));
    Ok(if !task.labels.is_empty() {
        let label = one_of(task.labels.iter().map(|label| label.trim()));
        answer.pipe(label).pipe(lambda(Value::String)).with_name("item").into_dyn()
    } else if task.json || task.schema.is_some() {
        answer.pipe(json_value()).with_name("item").into_dyn()
    } else {
        answer.pipe(text()).pipe(lambda(Value::String)).with_name("item").into_dyn()
    })
}

/// Fails if the model has not answered. Otherwise, the item would be done, with an empty text.
fn answered(answer: AiMessage) -> RunnableResult<AiMessage> {
    let message = match (answer.refusal(), &answer.finish_reason) {
        (Some(refusal), _) => format!("the model refused to answer: {refusal}"),
        (None, Some(FinishReason::Refusal)) => "the model refused to answer".to_owned(),
        (None, Some(FinishReason::ContentFilter)) => {
            "the content filter of the service blocked the answer".to_owned()
        }
        _ => return Ok(answer),
    };
    Err(Error::new(ErrorKind::ContentFilter, message))
}

fn model_of(task: &JobTask, limits: &JobLimits) -> Result<ChatModel> {
    let mut model = init_chat_model(&task.model)?;
    if let Some(temperature) = task.temperature {
        model = model.temperature(temperature);
    }
    if let Some(max_tokens) = task.max_tokens {
        model = model.max_tokens(max_tokens);
    }
    if let Some(path) = &task.schema {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(format!("failed to read the JSON schema `{}`: {error}", path.display()))
        };
        let json = fs::read(path).map_err(|error| failed(&error))?;
        let schema: Value = serde_json::from_slice(&json).map_err(|error| failed(&error))?;
        let format = ResponseFormat::JsonSchema(ResponseSchema::new("answer", schema));
        model = model.response_format(format);
    } else if task.json {
        model = model.response_format(ResponseFormat::Json);
    }
    if limits.requests_per_minute.is_some() || limits.tokens_per_minute.is_some() {
        let mut limiter = RateLimiter::new();
        if let Some(requests) = limits.requests_per_minute {
            limiter = limiter.requests_per_minute(requests);
        }
        if let Some(tokens) = limits.tokens_per_minute {
            limiter = limiter.tokens_per_minute(tokens);
        }
        model = model.with_rate_limiter(&limiter);
    }
    Ok(model)
}
