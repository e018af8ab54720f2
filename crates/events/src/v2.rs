//! The view of an event that LangChain's `astream_events` gives.

use runnable_chat::run_kind::{CHAT_MODEL, LLM, RETRIEVER, TOOL};
use runnable_core::Error;
use serde_json::{Value, json};

use crate::{EventData, StreamEvent};

impl StreamEvent {
    /// The event as LangChain's `astream_events` gives it in version 2: an object with exactly the
    /// keys `event`, `name`, `run_id`, `parent_ids`, `tags`, `metadata` and `data`.
    ///
    /// | event | `data` |
    /// |---|---|
    /// | `on_…_start` | `input`, if it was whole by then |
    /// | `on_…_stream` | `chunk` |
    /// | `on_…_end` | `output`, and `input`, if that was not in the start |
    /// | `on_…_error` | `error`: its `kind` and `message`; `partial`, if chunks had come; of a tool, `tool_call_id` |
    /// | `on_…_cancelled` | `partial`, if chunks had come |
    /// | `on_custom_event` | what the step said; `name` is what it is about |
    /// | `on_…_retry` | `attempt`, `wait` in seconds, `error` |
    ///
    /// Some kinds of runs have forms of their own, as there:
    ///
    /// | kind | `input` | `output` |
    /// |---|---|---|
    /// | `chat_model` | `{"messages": [[…]]}`, a batch of one conversation | the message |
    /// | `llm` | `{"prompts": ["…"]}` | `{"generations": [[{"text": "…", …}]], …}` |
    /// | `retriever` | `{"query": "…"}` | a list of documents |
    ///
    /// A chunk of an `llm` is its text.
    ///
    /// It differs from the reference in this: an input stands in one event of its run, not in two,
    /// as each event is seen for itself; and errors and cancellations have no events there, where a
    /// run that fails has no end, except for `on_tool_error`. There the `input` stands again in that
    /// event, as well as a `tool_call_id`, which is `null` if a tool was not called by a model.
    ///
    /// Retries have no events there either, so `stream_events` has them only if you
    /// [ask for them](crate::EventStream::include_retries).
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
        let input = |input: &Option<Value>| ("input", input.as_ref().map(|it| self.input(it)));
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
