//! Converts events to the format of LangChain's `astream_events`.

use std::fmt;

use runnable_chat::run_kind::{CHAT_MODEL, LLM, RETRIEVER, TOOL};
use runnable_core::{Metadata, RunKind};
use serde_json::{Value, json};

use crate::{RecordedData, RecordedError, RecordedEvent, StreamEvent};

impl StreamEvent {
    /// Converts the event to the JSON of LangChain's `astream_events`, version 2.
    ///
    /// The result is an object with the keys `event`, `name`, `run_id`, `parent_ids`, `tags`,
    /// `metadata` and `data`.
    ///
    /// | event | `data` |
    /// |---|---|
    /// | `on_…_start` | `input`, if the input is complete at the start |
    /// | `on_…_stream` | `chunk` |
    /// | `on_…_end` | `output`, and `input` if the start event does not have it |
    /// | `on_…_error` | `error` with `kind` and `message`; `partial` if there were chunks; `tool_call_id` for tools |
    /// | `on_…_cancelled` | `cause`; `partial` if there were chunks |
    /// | `on_custom_event` | the data of the custom event, whose name is in `name` |
    /// | `on_…_retry` | `attempt`, `wait` in seconds, `error` |
    /// | `on_…_fallback` | `number`, `error` |
    /// | `on_…_wait` | `reason`, `wait` in seconds |
    /// | `on_…_report` | `name`, `data` |
    ///
    /// As in LangChain, some kinds of runs have special forms:
    ///
    /// | kind | `input` | `output` |
    /// |---|---|---|
    /// | `chat_model` | `{"messages": [[…]]}`, a batch of one conversation | the message |
    /// | `llm` | `{"prompts": ["…"]}` | `{"generations": [[{"text": "…", …}]], …}` |
    /// | `retriever` | `{"query": "…"}` | a list of documents |
    ///
    /// A chunk of an `llm` run is a string.
    ///
    /// # Differences from LangChain
    ///
    /// - Either the start event or the end event of a run contains the input, but not both.
    /// - There is an event for every run that fails or is cancelled. LangChain has such an event
    ///   only for failed tools: `on_tool_error`, which repeats the `input`. As in LangChain,
    ///   `tool_call_id` is `null` if no model called the tool.
    /// - Retries, fallbacks, waits and reports can have events, if you
    ///   [include them](crate::EventStream::include_details).
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::StreamEventsExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    /// let start = shout.stream_events("hi").next().await.unwrap()?.to_langchain_v2();
    ///
    /// assert_eq!(start["event"], "on_chain_start");
    /// assert_eq!(start["data"]["input"], "hi");
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_langchain_v2(&self) -> Value {
        let run = &self.run;
        let data = RecordedData::new(self.data.clone(), None);
        json!({
            "event": self.event_name(),
            "name": self.name(),
            "run_id": run.id.to_string(),
            "parent_ids": run.parent_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "tags": run.tags[..],
            "metadata": *run.metadata,
            "data": data_of_v2(data, run.kind, &run.metadata),
        })
    }
}

impl RecordedEvent {
    /// Converts the event to the JSON of LangChain's `astream_events`, version 2.
    ///
    /// The result equals the result of [`StreamEvent::to_langchain_v2`] for the live event. The
    /// documentation of that method describes the JSON. If the recorder did not record values,
    /// `output` is missing.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_events::{RecordedEvent, StreamEventsExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
    /// let live = shout.stream_events("hi").next().await.unwrap()?;
    ///
    /// let recorded = RecordedEvent::from(live.clone());
    /// assert_eq!(recorded.to_langchain_v2(), live.to_langchain_v2());
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_langchain_v2(&self) -> Value {
        json!({
            "event": self.event_name(),
            "name": self.event_subject(),
            "run_id": self.run_id,
            "parent_ids": self.parent_ids,
            "tags": self.tags,
            "metadata": self.metadata,
            "data": data_of_v2(self.data.clone(), &*self.kind, &self.metadata),
        })
    }
}

/// Converts the data of an event of a run of this kind.
fn data_of_v2(data: RecordedData, kind: impl fmt::Display, metadata: &Metadata) -> Value {
    let kind = &*kind.to_string();
    let input = |input: Option<Value>| ("input", input.map(|value| input_of_v2(kind, value)));
    let fields = match data {
        RecordedData::Start { input: value, .. } => vec![input(value)],
        RecordedData::Chunk { chunk, .. } => vec![("chunk", Some(chunk))],
        RecordedData::Custom { data, .. } => return data,
        RecordedData::Retry { attempt, wait, error, .. } => vec![
            ("attempt", Some(json!(attempt))),
            ("wait", Some(json!(wait.as_secs_f64()))),
            ("error", Some(error_of_v2(&error))),
        ],
        RecordedData::Fallback { number, error, .. } => {
            vec![("number", Some(json!(number))), ("error", Some(error_of_v2(&error)))]
        }
        RecordedData::Wait { reason, wait, .. } => {
            vec![("reason", Some(json!(reason))), ("wait", Some(json!(wait.as_secs_f64())))]
        }
        RecordedData::Report { name, data, .. } => {
            vec![("name", Some(json!(name))), ("data", Some(data))]
        }
        RecordedData::End { input: value, output, .. } => {
            vec![input(value), ("output", output.map(|output| output_of_v2(kind, output)))]
        }
        RecordedData::Error { error, partial, .. } => {
            let call =
                is(kind, TOOL).then(|| metadata.get("tool_call_id").cloned().unwrap_or_default());
            let error = Some(error_of_v2(&error));
            vec![("error", error), ("partial", partial), ("tool_call_id", call)]
        }
        RecordedData::Cancelled { cause, partial, .. } => {
            vec![("cause", cause.map(Value::String)), ("partial", partial)]
        }
        RecordedData::Unknown { data, .. } => return data.unwrap_or_default(),
    };
    fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn input_of_v2(kind: &str, input: Value) -> Value {
    match input {
        Value::Object(mut fields) if is(kind, CHAT_MODEL) && fields.contains_key("messages") => {
            json!({ "messages": [fields.remove("messages")] })
        }
        Value::String(prompt) if is(kind, LLM) => json!({ "prompts": [prompt] }),
        Value::String(question) if is(kind, RETRIEVER) => json!({ "query": question }),
        input => input,
    }
}

fn output_of_v2(kind: &str, output: Value) -> Value {
    match output {
        Value::String(text) if is(kind, LLM) => {
            let generation = json!({ "text": text, "generation_info": null, "type": "Generation" });
            json!({ "generations": [[generation]], "llm_output": null })
        }
        output => output,
    }
}

fn is(kind: &str, known: RunKind) -> bool {
    kind == known.as_str()
}

fn error_of_v2(error: &RecordedError) -> Value {
    json!({ "kind": error.kind, "message": error.message })
}
