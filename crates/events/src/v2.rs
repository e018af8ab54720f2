//! Converts events to the format of LangChain's `astream_events`.

use runnable_chat::run_kind::{CHAT_MODEL, LLM, RETRIEVER, TOOL};
use runnable_core::Error;
use serde_json::{Value, json};

use crate::{EventData, StreamEvent};

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
    /// | `on_…_cancelled` | `partial` if there were chunks |
    /// | `on_custom_event` | the data of the custom event, whose name is in `name` |
    /// | `on_…_retry` | `attempt`, `wait` in seconds, `error` |
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
    /// - Retries can have events, if you [include them](crate::EventStream::include_retries).
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
        json!({
            "event": self.event_name(),
            "name": self.name(),
            "run_id": run.id.to_string(),
            "parent_ids": run.parent_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "tags": run.tags[..],
            "metadata": *run.metadata,
            "data": self.data_of_v2(),
        })
    }

    fn data_of_v2(&self) -> Value {
        let input =
            |input: &Option<Value>| ("input", input.as_ref().map(|value| self.input(value)));
        let fields = match &self.data {
            EventData::Start { input: value } => vec![input(value)],
            EventData::Chunk { chunk } => vec![("chunk", Some(chunk.clone()))],
            EventData::Custom { data, .. } => return data.clone(),
            EventData::Retry { attempt, wait, error } => vec![
                ("attempt", Some(json!(attempt))),
                ("wait", Some(json!(wait.as_secs_f64()))),
                ("error", Some(error_of_v2(error))),
            ],
            EventData::End { input: value, output } => {
                vec![input(value), ("output", Some(self.output(output)))]
            }
            EventData::Error { error, partial } => {
                let call = (self.run.kind == TOOL)
                    .then(|| self.run.metadata.get("tool_call_id").cloned().unwrap_or_default());
                let error = Some(error_of_v2(error));
                vec![("error", error), ("partial", partial.clone()), ("tool_call_id", call)]
            }
            EventData::Cancelled { partial } => vec![("partial", partial.clone())],
        };
        fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
    }

    fn input(&self, input: &Value) -> Value {
        match (self.run.kind, input) {
            (CHAT_MODEL, _) => match input.get("messages") {
                Some(messages) => json!({ "messages": [messages] }),
                None => input.clone(),
            },
            (LLM, Value::String(prompt)) => json!({ "prompts": [prompt] }),
            (RETRIEVER, Value::String(question)) => json!({ "query": question }),
            _ => input.clone(),
        }
    }

    fn output(&self, output: &Value) -> Value {
        match (self.run.kind, output) {
            (LLM, Value::String(text)) => {
                let generation =
                    json!({ "text": text, "generation_info": null, "type": "Generation" });
                json!({ "generations": [[generation]], "llm_output": null })
            }
            _ => output.clone(),
        }
    }
}

fn error_of_v2(error: &Error) -> Value {
    json!({ "kind": error.kind().as_str(), "message": error.message() })
}
