//! Redaction: secrets are found in every place, and other text is kept.

use std::{
    io::{self, Write},
    ops::Range,
    sync::{Arc, Mutex},
};

use futures::{StreamExt, executor::block_on, stream};
use proptest::prelude::*;
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_events::{
    CallRedaction, ConsoleTree, Content, RecordedData, RecordedEvent, Recorder, Recording,
    Redaction, StreamEventsExt, Trace,
};
use serde_json::{Value, json};

use crate::screen::Screen;

/// Keys and other secrets that are recognised wherever they are, with a part that must disappear.
const SECRETS: &[&str] = &[
    "sk-0123456789abcdefABCDEF0123456789abcdefABCDEF0123",
    "sk-test-planted-0123456789",
    "sk-proj-Ab3_dEf-GhIjKlMnOpQrStUvWxYz0123456789",
    "sk-ant-api03-Planted-Secret_0123456789AA",
    "sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "AIzaSyA0123456789abcdefghijklmnopqrstuv",
    "gsk_PlantedSecret0123456789abcdefghij",
    "xai-PlantedSecret0123456789abcdefghij",
    "hf_PlantedSecretAbCdEfGhIjKlMnOpQrStUv",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    "github_pat_11ABCDEFG0_0123456789abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "ya29.a0AfH6SMPlantedSecret-0123456789",
    "xoxb-012345678901-plantedSecret",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
];

/// Texts in which any value in place of `{}` is secret.
const CONTEXTS: &[&str] = &[
    "Authorization: Bearer {}",
    "authorization: Basic {}",
    "x-api-key: {}",
    "X-Api-Key={}",
    "Cookie: session={}; path=/",
    r#"{"api_key": "{}", "n": 1}"#,
    r#"{\"apiKey\":\"{}\",\"n\":1}"#,
    r#"HeaderMap {"x-api-key": "{}", "host": "a"}"#,
    r#"{'password': '{}'}"#,
    "OPENAI_API_KEY={} cargo run",
    "client_secret={}&grant_type=x",
    "https://api.test/v1?key={}&alt=sse",
    "https://api.test/v1?alt=sse&api_key={}",
    "https://api.test/v1?a=1&access_token={}#top",
    "https://bucket.test/a?X-Amz-Signature={}",
    "https://user:{}@host.test/path",
    "postgres://app:{}@db:5432/main",
    "proxy%3Fapi_key%3D{}%26x",
    "proxy%3Fa%3D1%26key%3D{}%26x",
    "Config { api_key: \"{}\" }",
    "Config { api_key: Some(\"{}\") }",
];

/// A secret that matches no known shape of a key, but is as long as a key and contains digits.
const PLAIN: &str = "planted0secret1value";

fn redacted(text: &str) -> String {
    Redaction::default().text(text).into_owned()
}

#[test]
fn known_keys_are_found_in_any_surroundings() {
    for secret in SECRETS {
        for (before, after) in [
            ("", ""),
            ("a ", " b"),
            ("(", ")"),
            ("\"", "\""),
            ("key:", ","),
            ("\\n", "\\n"),
            ("=", "&"),
            ("%3D", "%26"),
            ("schlü", "ß"),
            ("\\u003d", "\\u0026"),
            ("`", "`."),
            ("/", "/"),
            ("\n", "\n"),
        ] {
            let text = redacted(&format!("{before}{secret}{after}"));
            assert!(!text.contains(&secret[secret.len() - 8..]), "{before}{secret}{after}: {text}");
            assert!(!text.contains(&secret[..10]), "{text}");
            assert!(text.contains("[redacted: "), "{text}");
        }
    }
}

#[test]
fn values_of_secret_names_are_found_in_any_notation() {
    for context in CONTEXTS {
        let value = if context.contains("Basic") { "cGxhbnRlZDpzZWNyZXQ=" } else { PLAIN };
        let text = redacted(&context.replace("{}", value));
        assert!(!text.contains(value), "{context}: {text}");
        assert!(text.contains("[redacted: "), "{text}");
        assert_eq!(redacted(&text), text, "a second redaction changes nothing");
    }
}

#[test]
fn the_rest_of_the_text_is_kept() {
    for (text, expected) in [
        (
            "Authorization: Bearer abc123def\nhost: a",
            "Authorization: [redacted: authorization]\nhost: a",
        ),
        ("GET /v1?key=0123456789&page=2", "GET /v1?key=[redacted: API key]&page=2"),
        ("https://u:p@h/x", "https://[redacted: password]@h/x"),
        (r#"{"password":"a\"b","n":1}"#, r#"{"password":"[redacted: password]","n":1}"#),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nok",
            "[redacted: private key]\nok",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted: private key]"),
        ("token sk-ant-0123456789, then", "token [redacted: API key], then"),
    ] {
        assert_eq!(redacted(text), expected);
    }
}

#[test]
fn ordinary_text_is_kept() {
    for text in [
        "The task-management tool asks for a risk-free, desk-based approach to sk-learn pipelines.",
        "550e8400-e29b-41d4-a716-446655440000",
        "commit 5ba122b083e1dbb7153a2472450f2000d484afea",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "max_tokens: 4096, total_tokens=12345, \"input_tokens\": 17",
        "The token: a unit of text. Token counts: 12. A bearer token is needed.",
        "Bearer authentication is required; Basic understanding of authorization is enough",
        "the password: wrong, the API key: missing, the secret: never give up",
        "set `OPENAI_API_KEY`; missing api_key",
        "msg_01XFDUDYJgAACzvnptvVoYEL call_abc123DEF456 chatcmpl-9Xy toolu_01A09q90qw90lq917835lq9",
        "gpt-4o-mini-2024-07-18 claude-3-5-sonnet-20241022 text-embedding-3-small",
        "ssh://git@github.com/a/b https://example.com/a?page=2&sort=key http://[::1]:8080/",
        "a == b, x := y, std::io::Error, key: value, for key in map: print(key)",
        "2026-01-31T12:00:00Z 192.168.0.1:8080 +49 30 1234567",
        "Überraschung für Bücherwürmer: 你好，世界 🎉",
        "eos_token=<|endoftext|> next_page_token=abc",
        "data: {\"choices\": []}",
        &"=".repeat(500),
        &"1234567890".repeat(50),
        &"deadbeef".repeat(60),
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn fields_of_json_are_redacted_by_their_name() {
    let mut value = json!({
        "api_key": "short", "password": 1234, "cookies": ["a", "b"], "max_tokens": 10, "token": "hello",
        "access_token": "x", "usage": { "total_tokens": 7, "prompt_tokens": 3 },
        "headers": [["authorization", "abc"], ["accept", "json"]],
        "har": [{ "name": "X-Api-Key", "value": "abc" }, { "name": "city", "value": "Bonn" }],
        "parameters": { "properties": { "password": { "type": "string", "description": "The password" } } },
        "logprobs": [{ "token": " the", "logprob": -0.5 }], "secret": "", "is_secret": true,
        "sk-ant-0123456789": 1,
    });
    Redaction::default().value("input", &mut value);
    let expected = json!({
        "api_key": "[redacted: API key]", "password": "[redacted: password]",
        "cookies": ["[redacted: cookie]", "[redacted: cookie]"], "max_tokens": 10, "token": "hello",
        "access_token": "[redacted: token]", "usage": { "total_tokens": 7, "prompt_tokens": 3 },
        "headers": [["authorization", "[redacted: authorization]"], ["accept", "json"]],
        "har": [{ "name": "X-Api-Key", "value": "[redacted: API key]" }, { "name": "city", "value": "Bonn" }],
        "parameters": { "properties": { "password": { "type": "string", "description": "The password" } } },
        "logprobs": [{ "token": " the", "logprob": -0.5 }], "secret": "", "is_secret": true,
        "[redacted: API key]": 1,
    });
    assert_eq!(value, expected);
}

/// Returns an event of each kind, with a text in every place that can contain one.
fn events_with(text: &str) -> Vec<RecordedEvent> {
    let error = json!({
        "kind": "other", "message": text, "code": text, "request_id": text, "path": [text],
        "causes": ["a", text], "future": { "x": text },
    });
    let data = [
        ("start", json!({ "input": { "a": [text] }, "future": text })),
        ("chunk", json!({ "chunk": { "content": text }, "text": text, "future": text })),
        ("custom", json!({ "name": text, "data": { text: text }, "future": text })),
        ("retry", json!({ "attempt": 1, "wait_ms": 2.5, "error": error, "future": text })),
        ("fallback", json!({ "number": 1, "error": error, "future": text })),
        ("wait", json!({ "reason": text, "wait_ms": 2.5, "future": text })),
        ("report", json!({ "name": "http", "data": { "url": text }, "future": text })),
        ("end", json!({ "input": text, "output": [[text]], "future": text })),
        ("error", json!({ "error": error, "partial": text, "future": text })),
        ("cancelled", json!({ "partial": { "x": text }, "future": text })),
        ("later_kind", json!({ "x": [text] })),
    ];
    let events = data.into_iter().map(|(event, data)| {
        let json = json!({
            "v": "1.0", "seq": 3, "time": "2026-01-31T12:00:00.000001Z", "since_root_ms": 1.25,
            "elapsed_ms": 0.5, "run_id": "r", "name": text, "path": ["m", text], "kind": "k",
            "source": text, "tags": ["t", text],
            "position": { "tag": text, "choice": text, "future": text },
            "metadata": { "a": [text] }, "event": event, "data": data, "future": { "deep": [text] },
        });
        serde_json::from_value(json).unwrap()
    });
    events.collect()
}

/// Returns a chunk event with a text in two places, as for a chunk of a message.
fn chunk_event(text: &str) -> RecordedEvent {
    let json = json!({
        "v": "1.0", "seq": 0, "time": "2026-01-31T12:00:00Z", "since_root_ms": 0, "elapsed_ms": 0,
        "run_id": "r", "name": "n", "kind": "k", "event": "chunk",
        "data": { "chunk": { "content": text }, "text": text },
    });
    serde_json::from_value(json).unwrap()
}

fn texts_around() -> impl Strategy<Value = (String, String)> {
    let before = "([a-zA-Z0-9äß,;:./=\"'&?%{}\\[\\]\\\\ \n-]{0,40}[ \"'=,(/\n])?";
    let after = "([ \"',)&\n][a-zA-Z0-9äß,;:./=\"'&?%{}\\[\\]\\\\ \n-]{0,40})?";
    (before, after)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_part_of_an_event_contains_a_secret(
        secret in proptest::sample::select(SECRETS), (before, after) in texts_around(),
    ) {
        let text = format!("{before}{secret}{after}");
        for mut event in events_with(&text) {
            Redaction::default().apply(&mut event);
            let json = serde_json::to_string(&event).unwrap();
            prop_assert!(!json.contains(&secret[secret.len() - 8..]), "{json}");
            let once = event.clone();
            Redaction::default().apply(&mut event);
            prop_assert_eq!(event, once);
        }
    }

    #[test]
    fn any_text_can_be_redacted(text in "[a-zA-Z0-9sk=:\"'\\\\&?%éß🎉{}\\[\\] \n@/.-]{0,300}") {
        let once = redacted(&text);
        prop_assert_eq!(redacted(&once), once);
    }

    #[test]
    fn a_secret_that_is_split_across_chunks_is_removed(
        secret in proptest::sample::select(&SECRETS[..10]),
        cuts in proptest::collection::vec(1..9usize, 1..60),
    ) {
        let text = format!("the key is {secret} and that is all, {}", "on and on ".repeat(60));
        let redaction = CallRedaction::default();
        let (mut rest, mut merged, mut cuts) = (&*text, String::new(), cuts.into_iter().cycle());
        while !rest.is_empty() {
            let (piece, next) = rest.split_at(cuts.next().unwrap().min(rest.len()));
            rest = next;
            let mut event = chunk_event(piece);
            redaction.apply(&mut event);
            let RecordedData::Chunk { chunk, text, .. } = event.data else { panic!("a chunk") };
            prop_assert_eq!(chunk["content"].as_str(), text.as_deref());
            merged.push_str(&text.unwrap());
        }
        prop_assert!(merged.starts_with("the key is "), "{merged}");
        prop_assert!(merged.contains("[redacted: API key] and that is all, on"), "{merged}");
        prop_assert!(!merged.contains(&secret[..24]), "{merged}");
        prop_assert!(!merged.contains(&secret[secret.len() - 8..]), "{merged}");
    }
}

/// A writer whose content can be read.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Memory {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Returns a chain that puts its input into its chunks, its events and its error.
fn repeating(name: &'static str) -> DynRunnable<String, String> {
    let speaks = stream_lambda(move |input: String, cx: RunContext| {
        cx.emit("progress", &json!({ "url": format!("https://a.test/?key={input}") }));
        // Two characters per chunk, as from a model.
        let text = format!("the key is {input}.");
        let pieces: Vec<_> = text
            .as_bytes()
            .chunks(2)
            .map(|piece| Ok(String::from_utf8_lossy(piece).into_owned()))
            .collect();
        stream::iter(pieces)
    });
    let fails = try_lambda(|input: String| {
        let source = io::Error::other(format!("Authorization: {input}"));
        Result::<String>::Err(Error::other(format!("401: invalid key {input}")).with_source(source))
    });
    speaks.with_name(name).pipe(fails).into_dyn()
}

#[test]
fn a_recording_contains_no_secret() {
    for secret in SECRETS {
        let planted = secret.to_string();
        let memory = Memory::default();
        let recorder = Recorder::builder().version("program", *secret).to_writer(memory.clone());
        let config = RunConfig::new()
            .listener(recorder.clone())
            .tag(planted.clone())
            .metadata("key", planted.clone());
        let chain = repeating(secret);
        assert!(block_on(chain.stream(planted).config(config).concat()).is_err());
        recorder.finish().unwrap();
        let text = memory.text();
        assert!(!text.contains(secret) && !text.contains(&secret[secret.len() - 8..]), "{text}");
        let recording = Recording::read(text.as_bytes()).unwrap();
        let mut chunks = String::new();
        for event in recording.events() {
            if let RecordedData::Chunk { text: Some(text), .. } = &event.data
                && event.parent_ids.len() == 1
            {
                chunks += text;
            }
        }
        assert!(chunks.starts_with("the key is ") && chunks.ends_with("]."), "{chunks}");
        assert!(!chunks.contains(&secret[..secret.len() * 3 / 4]), "{chunks}");
    }
}

#[test]
fn no_view_of_a_running_call_shows_a_secret() {
    for secret in SECRETS {
        let (screen, mut trace) = (Screen::default(), Trace::new());
        let console = ConsoleTree::new(screen.clone()).values(true).findings(true).width(2_000);
        let config = RunConfig::new()
            .listener(console)
            .tag(*secret)
            .metadata("ls_model_name", format!("model of {secret}"));
        let chain = repeating(secret).with_retry(RetryPolicy::new().without_backoff());
        let mut events = chain.stream_events(*secret).config(config).include_details();
        while let Some(event) = block_on(events.next()) {
            // The error of the call is the last item.
            let Ok(event) = event else { break };
            trace.add(&event.into());
        }
        let (mut page, mut perfetto) = (Vec::new(), Vec::new());
        trace.page().write_to(&mut page).unwrap();
        trace.perfetto().write_to(&mut perfetto).unwrap();
        let views = [
            screen.text(),
            trace.tree().values(true).findings(true).to_string(),
            trace.markdown().to_string(),
            trace.mermaid().to_string(),
            String::from_utf8(page).unwrap(),
            String::from_utf8(perfetto).unwrap(),
        ];
        for view in &views {
            assert!(!view.contains(secret), "{view}");
            assert!(!view.contains(&secret[secret.len() - 8..]), "{view}");
        }
        assert!(views[0].contains("[redacted: "), "{}", views[0]);
    }
}

#[test]
fn the_tree_on_the_console_applies_the_rules_of_the_user() {
    let screen = Screen::default();
    let redaction = Redaction::builder().field("input.ssn").secret("hunter2").build();
    let console = ConsoleTree::new(screen.clone()).values(true).redaction(redaction);
    let fails = try_lambda(|_: Dict| Result::<String>::Err(Error::other("hunter2 is unknown")));
    let config = RunConfig::new().listener(console);
    let input = dict! { ssn: "078-05-1120", name: "Ada" };
    block_on(fails.invoke(input).config(config).into_future()).unwrap_err();
    let text = screen.text();
    assert!(text.contains("Ada") && text.contains("[redacted: secret] is unknown"), "{text}");
    assert!(!text.contains("078-05") && !text.contains("hunter2"), "{text}");
}

#[test]
fn secrets_that_the_program_knows_are_found_in_every_encoding() {
    let redaction = Redaction::builder().secret("p ä\"ss").secret("abc").build();
    for text in ["p ä\"ss", "p%20%C3%A4%22ss", "{\"a\":\"p ä\\\"ss\"}"] {
        let redacted = redaction.text(text);
        assert!(redacted.contains("[redacted: secret]") && !redacted.contains("ss"), "{redacted}");
    }
    assert_eq!(redaction.text("abc"), "abc", "a short text is not a secret");

    let calls = CallRedaction::new(Redaction::builder().secret("correct horse battery").build());
    let mut merged = String::new();
    for piece in ["it is cor", "rect ho", "rse bat", "tery", " staple"] {
        let mut event = chunk_event(piece);
        calls.apply(&mut event);
        if let RecordedData::Chunk { text: Some(text), .. } = event.data {
            merged += &text;
        }
    }
    assert_eq!(merged, "it is cor[redacted: secret] staple");
}

#[test]
fn custom_rules_apply_to_events() {
    let redaction = Redaction::builder()
        .field("inputs.*.ssn")
        .field("outputs.**.card")
        .field("metadata.user")
        .pattern("order", |text| text.match_indices("order-").map(|(at, _)| at..at + 10).collect())
        .edit(|path, value| {
            if path == "custom.age" {
                *value = Value::Null;
            }
        })
        .build();
    let apply = |event: &str, data: Value| {
        let json = json!({
            "v": "1.0", "seq": 3, "time": "2026-01-31T12:00:00Z", "since_root_ms": 1, "elapsed_ms": 1,
            "run_id": "r", "name": "n", "kind": "k", "metadata": { "user": "ada", "n": 1 },
            "event": event, "data": data,
        });
        let mut event: RecordedEvent = serde_json::from_value(json).unwrap();
        redaction.apply(&mut event);
        assert_eq!(event.metadata["user"], "[redacted: field]");
        serde_json::to_value(&event).unwrap()["data"].clone()
    };
    let field = "[redacted: field]";
    assert_eq!(
        apply("start", json!({ "input": { "a": { "ssn": 7, "n": 1 }, "ssn": 1 } })),
        json!({ "input": { "a": { "ssn": field, "n": 1 }, "ssn": 1 } })
    );
    let card = json!({ "x": [{ "card": { "no": 1 } }] });
    let hidden = json!({ "x": [{ "card": field }] });
    assert_eq!(apply("end", json!({ "output": card })), json!({ "output": hidden }));
    assert_eq!(apply("chunk", json!({ "chunk": card })), json!({ "chunk": hidden }));
    let with_text = json!({ "chunk": card, "text": "the card" });
    assert_eq!(apply("chunk", with_text), json!({ "chunk": hidden }));
    let with_text = json!({ "chunk": { "a": 1 }, "text": "no card" });
    assert_eq!(apply("chunk", with_text.clone()), with_text);
    assert_eq!(apply("cancelled", json!({ "partial": card })), json!({ "partial": hidden }));
    assert_eq!(
        apply("custom", json!({ "name": "order-1234 sent", "data": { "age": 36 } })),
        json!({ "name": "[redacted: order] sent", "data": { "age": null } })
    );
}

#[test]
fn a_text_is_removed_if_a_custom_function_panics() {
    let redaction = Redaction::builder()
        .pattern("a", |text| {
            if text.contains("boom") {
                panic!("a bug")
            } else {
                vec![1..2, Range { start: 7, end: 3 }, 0..900]
            }
        })
        .build();
    assert_eq!(redaction.text("boom, a secret"), "[redacted: the custom redaction panicked]");
    assert_eq!(redaction.text("é"), "[redacted: a]");
    let redaction = Redaction::builder().edit(|_, _| panic!("a bug")).build();
    let mut value = json!({ "a": "secret" });
    redaction.value("input", &mut value);
    assert_eq!(value, json!("[redacted: the custom redaction panicked]"));
}

#[test]
fn data_urls_and_long_base64_become_type_size_and_hash() {
    let gif = "R0lGODlhAQABAAAAACw=";
    assert_eq!(
        redacted(&format!("<img src=\"data:image/gif;base64,{gif}\">")),
        "<img src=\"[data URL: image/gif, 14 bytes, sha256:2f41918f848b5fb0]\">"
    );
    assert_eq!(
        redacted("data:text/plain,hello there"),
        "[data URL: text/plain, 5 bytes, sha256:2cf24dba5fb0a30e] there"
    );
    let long = "QmFzZTY0".repeat(40);
    let hashed = redacted(&format!("before {long} after"));
    assert!(
        hashed.starts_with("before [base64: 240 bytes, sha256:") && hashed.ends_with("] after")
    );
    assert_eq!(hashed, redacted(&format!("before {long} after")));
    let keeps = Redaction::builder().keep_media().build();
    assert_eq!(keeps.text(&long), long);
}

#[test]
fn the_content_level_determines_what_is_kept() {
    let at = |content| {
        let redaction = Redaction::builder().content(content).build();
        let message = json!({
            "type": "ai", "content": "the answer", "usage_metadata": { "output_tokens": 3 },
            "response_metadata": { "finish_reason": "stop", "model_name": "m-1" },
        });
        let json = json!({
            "v": "1.0", "seq": 3, "time": "2026-01-31T12:00:00Z", "since_root_ms": 1, "elapsed_ms": 1,
            "run_id": "r", "name": "n", "kind": "k", "event": "end",
            "data": { "input": [36, "the question", "the question", null], "output": message },
        });
        let mut end: RecordedEvent = serde_json::from_value(json.clone()).unwrap();
        redaction.apply(&mut end);
        let mut json = json;
        json["event"] = json!("error");
        json["data"] = json!({ "error": { "kind": "other", "message": "bad: the question", "causes": ["the question"] } });
        let mut error: RecordedEvent = serde_json::from_value(json).unwrap();
        redaction.apply(&mut error);
        let data = |event: &RecordedEvent| serde_json::to_value(event).unwrap()["data"].clone();
        (data(&end), data(&error)["error"].clone())
    };
    let usage = json!({ "output_tokens": 3 });
    let finish = json!({ "finish_reason": "stop", "model_name": "m-1" });

    let (end, error) = at(Content::None);
    let kept = json!({ "type": "ai", "usage_metadata": usage, "response_metadata": finish });
    assert_eq!(end, json!({ "output": kept }));
    assert_eq!(
        (&error["message"], &error["causes"][0]),
        (&json!("[not recorded]"), &json!("[not recorded]"))
    );

    let (end, error) = at(Content::SizesAndHashes);
    let text = end.to_string() + &error.to_string();
    assert!(
        !text.contains("question") && !text.contains("answer") && !text.contains("36"),
        "{text}"
    );
    assert_eq!(end["input"][1], end["input"][2], "equal values stay recognisable");
    assert!(end["input"][1].as_str().unwrap().starts_with("[12 bytes, sha256:"));
    assert_eq!(
        (&end["output"]["usage_metadata"], &end["output"]["response_metadata"]),
        (&usage, &finish)
    );

    let (end, _) = at(Content::Truncated(3));
    assert_eq!(
        end["input"],
        json!([36, "the… [9 more characters]", "the… [9 more characters]", null])
    );
    assert_eq!(
        (&end["output"]["usage_metadata"], &end["output"]["response_metadata"]),
        (&usage, &finish)
    );

    let (end, error) = at(Content::Full);
    assert_eq!(
        (&end["output"]["content"], &error["message"]),
        (&json!("the answer"), &json!("bad: the question"))
    );
}

#[test]
fn the_facts_of_an_http_exchange_are_kept_at_each_level() {
    let json = json!({
        "v": "1.0", "seq": 0, "time": "2026-01-31T12:00:00Z", "since_root_ms": 0, "elapsed_ms": 0,
        "run_id": "r", "name": "n", "kind": "chat_model", "event": "report", "data": {
            "name": "http",
            "data": { "method": "POST", "status": 400, "error": "cannot answer: what is 1 + 1?" },
        },
    });
    let mut event: RecordedEvent = serde_json::from_value(json).unwrap();
    Redaction::builder().content(Content::None).build().apply(&mut event);
    let RecordedData::Report { data, .. } = &event.data else { panic!("a report") };
    assert_eq!(*data, json!({ "method": "POST", "status": 400, "error": "[not recorded]" }));
}

#[tokio::test]
async fn a_redacted_event_equals_the_live_event_without_secrets() {
    let step = lambda(|text: String| text);
    let events: Vec<_> = step.stream_events("hello, 12 tokens").collect().await;
    for event in events {
        let event = RecordedEvent::from(event.unwrap());
        let mut redacted = event.clone();
        Redaction::default().apply(&mut redacted);
        assert_eq!(redacted, event);
    }
}

#[test]
fn a_deep_value_is_cut() {
    let mut value = json!("sk-ant-0123456789");
    for _ in 0..600 {
        value = json!([value]);
    }
    Redaction::default().value("input", &mut value);
    let text = value.to_string();
    assert!(text.contains("[redacted: nested too deeply]") && !text.contains("sk-ant"), "{text}");
}
