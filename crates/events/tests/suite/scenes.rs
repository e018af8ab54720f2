//! The events of a call that the tests of several views show.

use serde_json::json;

use crate::event_log::{EventLog, answer, prompt};

/// Returns the events of a question about the weather: the first model does not answer, a second
/// model calls a tool, and its answer is cut off by the end of the recording.
pub(crate) fn weather() -> EventLog {
    let log = EventLog::default();
    let question = json!({ "question": "Do I need an umbrella in Oslo?" });
    let chain = log.root(0, "weather", question.clone());
    let template = chain.child(0, "prompt ChatPromptTemplate seq:step:1", question);
    let messages = json!({ "messages": [
        { "type": "system", "content": "You answer in one sentence." },
        { "type": "human", "content": "Do I need an umbrella in Oslo?" },
    ] });
    template.end(2, messages.clone());

    let fallbacks = chain.child(2, "chain RunnableWithFallbacks seq:step:2", messages.clone());
    let retry = fallbacks.child(3, "chain ChatOpenAI", messages.clone());
    for (number, start) in [(1, 3), (2, 1_100)] {
        let step = format!("chat_model ChatOpenAI retry:attempt:{number}");
        let model = retry.child(start, &step, messages.clone());
        let exchange = json!({
            "attempt": 1, "method": "POST", "status": 503, "duration_ms": 90, "request_id": "req_7",
        });
        model.event(start + 90, "report", json!({ "name": "http", "data": exchange }));
        let error = json!({ "error": {
            "kind": "unavailable", "message": "the service is overloaded", "status": 503,
            "request_id": "req_7", "run_id": model.id(), "causes": ["503 Service Unavailable"],
        } });
        model.event(start + 95, "error", error.clone());
        if number == 1 {
            retry.retry(start + 96, 1, 1_000, "the service is overloaded");
        } else {
            retry.event(start + 96, "error", error);
        }
    }
    let error = json!({ "kind": "unavailable", "message": "the service is overloaded" });
    fallbacks.event(1_197, "fallback", json!({ "number": 1, "error": error }));
    let second = fallbacks.child(1_197, "chat_model ChatAnthropic", messages.clone());
    second.event(1_210, "wait", json!({ "reason": "rate_limit", "wait_ms": 12 }));
    let call = json!({ "name": "weather", "args": { "city": "Oslo" }, "id": "call_1" });
    let mut with_call = answer("", 41, 12);
    with_call["tool_calls"] = json!([call]);
    second.end(2_000, with_call.clone());
    fallbacks.end(2_001, with_call);

    let tool = chain.child(2_001, "tool weather seq:step:3", json!({ "city": "Oslo" }));
    tool.event(2_100, "custom", json!({ "name": "progress", "data": { "stations": 3 } }));
    tool.end(2_301, json!({ "rain": "heavy", "mm": 12 }));

    let last = chain.child(2_301, "chat_model ChatAnthropic seq:step:4", prompt("heavy rain"));
    last.chunks(2_601, 2_801, &["Yes, ", "you need ", "an umbrella"]);
    chain.chunks(2_601, 2_801, &["Yes, ", "you need ", "an umbrella"]);
    log
}
