//! Laws of events.

use futures::FutureExt;
use runnable_chat::prelude::*;
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{
    Echo, SECOND, assert_each_run_ends_once, prompt_values, recorded, shout, unavailable,
    without_backoff,
};

/// No other port has events that are live, ordered and complete, least of all for a dropped call.
#[tokio::test]
async fn each_run_ends_once_wherever_the_call_is_dropped() {
    let chain = || {
        let answers = [ScriptedReply::error(unavailable()), ScriptedReply::words("one two three")];
        let model = ScriptedChatModel::new(answers).to_model().with_retry(without_backoff());
        let both = parallel_dict("loud", shout()).with("plain", passthrough());
        prompt("{text}").pipe(model).pipe(text()).pipe(both)
    };
    let mut whole = Vec::new();
    for dropped_after in 0.. {
        let (config, recorder) = recorded();
        let mut events = chain().stream_events(prompt_values("hi")).config(config);
        let mut received = Vec::new();
        while received.len() < dropped_after
            && let Some(event) = events.next().await
        {
            let event = event.unwrap();
            received.push(event.to_string());
        }
        let live = recorder.lines();
        drop(events);
        assert_eq!(live[..received.len()], received, "events are received in order");
        assert_each_run_ends_once(&recorder.events());
        if received.len() < dropped_after {
            whole = received;
            break;
        }
    }
    assert!(whole.len() > 30 && whole.last().unwrap() == "on_chain_end RunnableSequence");
}

/// LangChain loses the parents of attempts.
#[tokio::test]
async fn attempts_are_children_of_their_retry_in_every_method() {
    for verb in ["invoke", "stream", "batch"] {
        let model = Echo::failing(|_, times| (times < 3).then(unavailable)).to_model();
        let chain = prompt("{text}").pipe(model.with_retry(without_backoff()).with_name("patient"));
        let (config, recorder) = recorded();
        match verb {
            "invoke" => drop(chain.invoke(prompt_values("hi")).config(config).await.unwrap()),
            "stream" => {
                drop(chain.stream(prompt_values("hi")).config(config).concat().await.unwrap())
            }
            _ => drop(chain.batch([prompt_values("hi")]).config(config).await.remove(0).unwrap()),
        }
        let retry = recorder.events_of("patient").remove(0).run;
        let attempts = recorder.events_of("Echo");
        let is_start = |event: &&StreamEvent| matches!(event.data, EventData::Start { .. });
        let starts = attempts.iter().filter(is_start);
        let tags: Vec<_> = starts.map(|start| start.run.tags.join(" ")).collect();
        assert_eq!(tags, ["", "retry:attempt:2", "retry:attempt:3"], "{verb}");
        assert!(attempts.iter().all(|event| event.run.parent_id() == Some(retry.id)), "{verb}");
    }
}

/// Other ports lose the token usage of a truncated answer, or report it twice.
#[tokio::test(start_paused = true)]
async fn a_dropped_answer_is_reported_once_with_its_usage() {
    let chunk = |text: &str, n| AiMessageChunk::new(text).with_usage(Usage::new(5, n));
    let chunks = [chunk("one", 1), chunk(" two", 2), chunk(" three", 3)];
    let model =
        ScriptedChatModel::new([ScriptedReply::message_chunks(chunks).delay(SECOND)]).to_model();
    let (config, recorder) = recorded();
    let mut answer =
        prompt("{text}").pipe(model).pipe(text()).stream(prompt_values("hi")).config(config);
    answer.next().await.unwrap().unwrap();
    answer.next().await.unwrap().unwrap();
    assert!(answer.next().now_or_never().is_none());
    drop(answer);

    let partial = |name: &str| match recorder.events_of(name).pop().unwrap().data {
        EventData::Cancelled { partial, .. } => partial.unwrap(),
        other => panic!("{other:?}"),
    };
    let usage = json!({ "input_tokens": 5, "output_tokens": 2, "total_tokens": 7 });
    let message =
        json!({ "type": "AIMessageChunk", "content": "one two", "usage_metadata": usage });
    assert_eq!(partial("ScriptedChatModel"), message);
    assert_eq!(partial("StrOutputParser"), "one two");
    assert_eq!(partial("RunnableSequence"), "one two");
    assert_each_run_ends_once(&recorder.events());
}
