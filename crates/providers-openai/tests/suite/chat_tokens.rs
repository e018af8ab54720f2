//! Events with only text have a fast path, whose results must not differ.

use proptest::{prelude::*, sample::select};
use providers_openai::openai;
use serde_json::{Value, json};

use crate::answers::events;

/// Generates the fields that an event may have in addition to its text.
fn besides() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({"usage": null, "created": 1, "object": "chat.completion.chunk", "obfuscation": "x"}),
        json!({"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
        json!({"id": "a", "model": "m"}),
        json!({"system_fingerprint": "fp", "service_tier": null}),
        json!({"service_tier": "flex", "provider": "upstream"}),
        json!({"citations": ["https://example.org"]}),
    ])
}

fn choice() -> impl Strategy<Value = Value> {
    let delta = prop_oneof![
        4 => any::<String>().prop_map(|text| json!({"content": text})),
        1 => select(vec![
            json!({}),
            json!({"content": ""}),
            json!({"content": null, "reasoning_content": "hm"}),
            json!({"content": "a", "refusal": "b"}),
            json!({"content": "a", "role": "assistant", "refusal": null}),
            json!({"content": [{"type": "text", "text": "a"}]}),
            json!({"content": "a", "tool_calls": [{"index": 0, "function": {"name": "f"}}]}),
        ]),
    ];
    let besides = select(vec![
        json!({}),
        json!({"index": 0, "finish_reason": null, "logprobs": null}),
        json!({"index": 0, "native_finish_reason": null}),
        json!({"index": 1}),
        json!({"finish_reason": "stop", "native_finish_reason": "end"}),
        json!({"logprobs": {"content": [{"token": "a", "logprob": -0.5}]}}),
    ]);
    (delta, besides).prop_map(|(delta, mut choice)| {
        choice["delta"] = delta;
        choice
    })
}

fn event() -> impl Strategy<Value = Value> {
    (besides(), prop::collection::vec(choice(), 1..3)).prop_map(|(mut event, choices)| {
        // Most events have one choice.
        event["choices"] = choices.into();
        event
    })
}

/// Generates events that differ in their text and in the padding that hides its length.
fn alike() -> impl Strategy<Value = Vec<Value>> {
    let texts = prop::collection::vec((any::<String>(), "[a-z\"]{0,3}"), 1..8);
    (event(), texts).prop_map(|(event, texts)| {
        let event = |(text, noise): (String, String)| {
            let mut event = event.clone();
            event["choices"][0]["delta"]["content"] = text.into();
            if event["obfuscation"].is_string() {
                event["obfuscation"] = noise.into();
            }
            event
        };
        texts.into_iter().map(event).collect()
    })
}

/// An unknown field disables the fast path. An event with such a field and the same event without
/// it must have the same result.
fn assert_read_alike(stream_events: &[Value]) -> Result<(), TestCaseError> {
    let protocol = openai("gpt-4o-mini").protocol();
    let marked = |event: &Value| {
        let mut event = event.clone();
        event["nobody_knows"] = json!(1);
        event.to_string()
    };
    let read = |data: Vec<String>| {
        let data: Vec<&str> = data.iter().map(String::as_str).chain(["[DONE]"]).collect();
        events(&protocol, &data).chunks
    };
    let plain = read(stream_events.iter().map(Value::to_string).collect());
    prop_assert_eq!(plain, read(stream_events.iter().map(marked).collect()));
    Ok(())
}

proptest! {
    #[test]
    fn text_is_the_same_with_any_other_fields(
        stream_events in prop::collection::vec(event(), 1..12)
    ) {
        assert_read_alike(&stream_events)?;
    }

    #[test]
    fn events_that_differ_only_in_text_are_read_alike(
        stream_events in prop::collection::vec(alike(), 1..4)
    ) {
        assert_read_alike(&stream_events.concat())?;
    }
}
