//! What one sees of a call.

use futures::FutureExt;
use runnable_chat::prelude::*;
use runnable_events::{EventData, StreamEventsExt};
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use serde_json::json;

use crate::parts::{
    Echo, SECOND, about, assert_each_run_ends_once, at_once, recorded, shout, unavailable,
};

/// No port's events were live, in order and complete, least of all those of a call that was left.
#[tokio::test]
async fn wherever_a_call_is_left_each_run_has_its_parent_and_one_end() {
    let chain = || {
        let answers = [ScriptedReply::error(unavailable()), ScriptedReply::words("one two three")];
        let model = ScriptedChatModel::new(answers).to_model().with_retry(at_once());
        let both = parallel_dict("loud", shout()).with("plain", passthrough());
        prompt("{text}").pipe(model).pipe(text()).pipe(both)
    };
    let mut whole = Vec::new();
    for left_after in 0.. {
        let (config, recorder) = recorded();
        let mut events = chain().stream_events(about("hi")).config(config);
        let mut seen = Vec::new();
        while seen.len() < left_after
            && let Some(event) = events.next().await
        {
            let event = event.unwrap();
            seen.push(event.to_string());
        }
        let live = recorder.lines();
        drop(events);
        assert_eq!(live[..seen.len()], seen, "they come in the order in which they happen");
        assert_each_run_ends_once(&recorder.events());
        if seen.len() < left_after {
            whole = seen;
            break;
        }
    }
    assert!(whole.len() > 30 && whole.last().unwrap() == "on_chain_end RunnableSequence");
}

/// The reference has lost the parents of attempts.
#[tokio::test]
async fn attempts_hang_below_their_retry_by_every_verb() {
    for verb in ["invoke", "stream", "batch"] {
        let model = Echo::failing(|_, times| (times < 3).then(unavailable)).to_model();
        let chain = prompt("{text}").pipe(model.with_retry(at_once()).with_name("patient"));
        let (config, recorder) = recorded();
        match verb {
            "invoke" => drop(chain.invoke(about("hi")).config(config).await.unwrap()),
            "stream" => drop(chain.stream(about("hi")).config(config).concat().await.unwrap()),
            _ => drop(chain.batch([about("hi")]).config(config).await.remove(0).unwrap()),
        }
        let retry = recorder.events_of("patient").remove(0).run;
        let attempts = recorder.events_of("Echo");
        let starts = attempts.iter().filter(|it| matches!(it.data, EventData::Start { .. }));
        let tags: Vec<_> = starts.map(|start| start.run.tags.join(" ")).collect();
        assert_eq!(tags, ["", "retry:attempt:2", "retry:attempt:3"], "{verb}");
        assert!(attempts.iter().all(|event| event.run.parent_id() == Some(retry.id)), "{verb}");
    }
}

/// Elsewhere the count of tokens of an answer that was broken off was lost, or told twice.
#[tokio::test(start_paused = true)]
async fn what_had_come_of_an_answer_that_is_left_is_told_once_with_its_usage() {
    let chunk = |text: &str, n| AiMessageChunk::new(text).with_usage(Usage::new(5, n));
    let chunks = [chunk("one", 1), chunk(" two", 2), chunk(" three", 3)];
    let model =
        ScriptedChatModel::new([ScriptedReply::message_chunks(chunks).delay(SECOND)]).to_model();
    let (config, recorder) = recorded();
    let mut answer = prompt("{text}").pipe(model).pipe(text()).stream(about("hi")).config(config);
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
