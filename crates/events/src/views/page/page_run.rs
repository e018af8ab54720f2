//! [`PageRun`]: a run in the data of the page.

use std::{sync::Arc, time::Duration};

use runnable_chat::pricing::Prices;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    number::{as_milliseconds, as_optional_milliseconds, milliseconds},
    payload_pool::PayloadPool,
};
use crate::{HttpExchange, Occurrence, RecordedData, RecordedError, RunState, Trace, TraceRun};

/// A run in the data of the page. `README.md` describes the fields.
#[derive(Serialize)]
pub(super) struct PageRun<'a> {
    id: PageId<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<PageId<'a>>,
    name: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [Arc<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
    #[serde(serialize_with = "as_milliseconds")]
    start: Duration,
    #[serde(serialize_with = "as_optional_milliseconds", skip_serializing_if = "Option::is_none")]
    end: Option<Duration>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(serialize_with = "as_optional_milliseconds", skip_serializing_if = "Option::is_none")]
    first: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunks: Option<PageChunks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<PageUsage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http: Vec<PageExchange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits: Vec<PageWait<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    retries: Vec<PageRetry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fallbacks: Vec<PageFallback<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom: Vec<PageCustom<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RecordedError>,
}

/// The ID of a run on the page, which is unique: a caller can use the ID of a run several times.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PageId<'a> {
    Unique(&'a str),
    Numbered(String),
}

#[derive(Serialize)]
struct PageChunks {
    at: Vec<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    len: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    size: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

#[derive(Serialize)]
struct PageUsage {
    input: u64,
    cached: u64,
    cache_written: u64,
    output: u64,
    reasoning: u64,
    /// The tokens of answers from an answer cache, which are not part of the other numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_cache: Option<PageCachedAnswers>,
}

#[derive(Serialize)]
struct PageCachedAnswers {
    answers: u64,
    input: u64,
    output: u64,
}

#[derive(Serialize)]
struct PageExchange {
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct PageWait<'a> {
    #[serde(serialize_with = "as_milliseconds")]
    from: Duration,
    #[serde(serialize_with = "as_milliseconds")]
    to: Duration,
    reason: &'a str,
}

#[derive(Serialize)]
struct PageRetry<'a> {
    #[serde(serialize_with = "as_milliseconds")]
    at: Duration,
    attempt: u32,
    #[serde(serialize_with = "as_milliseconds")]
    wait: Duration,
    error: &'a RecordedError,
}

#[derive(Serialize)]
struct PageFallback<'a> {
    #[serde(serialize_with = "as_milliseconds")]
    at: Duration,
    number: u32,
    error: &'a RecordedError,
}

#[derive(Serialize)]
struct PageCustom<'a> {
    #[serde(serialize_with = "as_milliseconds")]
    at: Duration,
    name: &'a str,
    data: Value,
}

impl<'a> PageRun<'a> {
    pub(super) fn new(
        run: &'a TraceRun,
        trace: &'a Trace,
        prices: &Prices,
        pool: &mut PayloadPool,
    ) -> Self {
        let metadata = (!run.metadata.is_empty())
            .then(|| pool.write_value(&Value::Object(Map::clone(&run.metadata))));
        let status = match run.state {
            RunState::Completed => "ok",
            RunState::Failed(_) => "error",
            RunState::Cancelled { .. } => "cancelled",
            RunState::Unfinished => "running",
        };
        let cause = match &run.state {
            RunState::Cancelled { cause } => cause.as_deref(),
            _ => None,
        };
        let finish = run.finish_reason.as_ref();
        Self {
            id: id_of(run, trace),
            parent: trace.parent(run).map(|parent| id_of(parent, trace)),
            name: &run.name,
            kind: &run.kind,
            position: run.position.tag.as_deref(),
            attempt: run.position.attempt,
            item: run.position.item,
            source: run.source.as_deref(),
            tags: &run.tags,
            metadata,
            start: run.start,
            end: run.end,
            status,
            cause,
            first: run.first_chunk,
            chunks: chunks_of(run, pool),
            input: run.input.as_ref().map(|input| pool.write(input)),
            output: run.output.as_ref().map(|output| pool.write(output)),
            usage: run.usage.as_ref().map(usage_of),
            cost: cost_of(run, prices),
            model: run.model.as_deref().or_else(|| requested_model(run)),
            provider: run.provider.as_deref(),
            finish: finish.and_then(|reason| serde_json::to_value(reason).ok()),
            http: run.http().map(|exchange| exchange_of(exchange, run)).collect(),
            waits: waits_of(run),
            retries: retries_of(run),
            fallbacks: fallbacks_of(run),
            custom: run.occurrences.iter().filter_map(|event| custom_of(event, pool)).collect(),
            error: run.state.error(),
        }
    }
}

/// Returns the ID of a run, with its number if another run has the same ID.
pub(super) fn id_of<'a>(run: &'a TraceRun, trace: &Trace) -> PageId<'a> {
    let is_first = trace.run(&run.id).is_some_and(|first| first.number() == run.number());
    if is_first {
        PageId::Unique(&run.id)
    } else {
        PageId::Numbered(format!("{}#{}", run.id, run.number()))
    }
}

/// Returns the model that the run has requested. An answer names the model only if it ends well.
fn requested_model(run: &TraceRun) -> Option<&str> {
    run.metadata.get("ls_model_name").and_then(Value::as_str)
}

fn chunks_of(run: &TraceRun, pool: &mut PayloadPool) -> Option<PageChunks> {
    if run.chunks.is_empty() && run.chunk_count == 0 {
        return None;
    }
    let stored = run.chunks.len() as u64;
    let has_text = !run.text.is_empty();
    let sizes = run.chunks.iter().map(|chunk| chunk.json_bytes);
    Some(PageChunks {
        at: run.chunks.iter().map(|chunk| milliseconds(chunk.at)).collect(),
        len: run
            .chunk_texts()
            .filter(|_| has_text)
            .map(|text| text.encode_utf16().count())
            .collect(),
        text: has_text.then(|| text_of(run, pool)),
        size: sizes.filter(|_| !has_text).collect(),
        count: (run.chunk_count != stored).then_some(run.chunk_count),
    })
}

/// Returns the text of the chunks. The text of a run that has not ended still grows, so that each
/// length of it would be another entry of the pool.
fn text_of(run: &TraceRun, pool: &mut PayloadPool) -> Value {
    let text = Value::String(run.text.clone());
    if run.end.is_some() { pool.write_value(&text) } else { text }
}

/// Returns the cost of a call of a model in dollars. `None` for other runs, and if the call failed
/// before the model used tokens.
fn cost_of(run: &TraceRun, prices: &Prices) -> Option<String> {
    // A run of a model that contains another run of a model costs nothing itself.
    if !run.is_model() || run.links.has_model_inside {
        return None;
    }
    match run.cost(prices) {
        Ok(cost) => Some(cost.to_decimal()),
        Err(_) if run.usage.is_none() && run.state != RunState::Completed => None,
        Err(_) => Some("unknown".to_owned()),
    }
}

fn usage_of(usage: &runnable_chat::Usage) -> PageUsage {
    let of_cache = usage.answer_cache_details;
    let usage = usage.billed();
    PageUsage {
        input: usage.input_tokens,
        cached: usage.input_token_details.cache_read,
        cache_written: usage.input_token_details.cache_creation,
        output: usage.output_tokens,
        reasoning: usage.output_token_details.reasoning,
        from_cache: (of_cache.answers > 0).then_some(PageCachedAnswers {
            answers: of_cache.answers,
            input: of_cache.input_tokens,
            output: of_cache.output_tokens,
        }),
    }
}

fn exchange_of(exchange: HttpExchange, run: &TraceRun) -> PageExchange {
    let start = exchange.start.map(|start| run.start.saturating_add(start));
    let after_start = |time: Option<Duration>| Some(milliseconds(start?.saturating_add(time?)));
    PageExchange {
        attempt: exchange.attempt,
        first_byte: after_start(exchange.first_byte),
        end: after_start(exchange.duration),
        start: start.map(milliseconds),
        method: exchange.method,
        url: exchange.url,
        status: exchange.status,
        request_id: exchange.request_id,
        request_bytes: exchange.request_bytes,
        response_bytes: exchange.response_bytes,
        retry_after_ms: exchange.retry_after.map(milliseconds),
        error: exchange.error,
    }
}

fn waits_of(run: &TraceRun) -> Vec<PageWait<'_>> {
    run.waits().map(|wait| PageWait { from: wait.from, to: wait.to, reason: wait.reason }).collect()
}

fn retries_of(run: &TraceRun) -> Vec<PageRetry<'_>> {
    let retries = run.retries().map(|retry| PageRetry {
        at: retry.at,
        attempt: retry.attempt,
        wait: retry.wait,
        error: retry.error,
    });
    retries.collect()
}

fn fallbacks_of(run: &TraceRun) -> Vec<PageFallback<'_>> {
    let fallbacks = run.fallbacks().map(|fallback| PageFallback {
        at: fallback.at,
        number: fallback.number,
        error: fallback.error,
    });
    fallbacks.collect()
}

/// Returns a custom event, or a report other than those of HTTP exchanges.
fn custom_of<'a>(occurrence: &'a Occurrence, pool: &mut PayloadPool) -> Option<PageCustom<'a>> {
    let (name, data) = match &*occurrence.data {
        RecordedData::Custom { name, data, .. } => (name, data),
        RecordedData::Report { name, data, .. } if name != "http" => (name, data),
        _ => return None,
    };
    Some(PageCustom { at: occurrence.at, name, data: pool.write_value(data) })
}
