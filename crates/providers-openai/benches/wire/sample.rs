//! Responses in the form of api.openai.com.

/// The headers of a response, without the headers that describe its length.
pub(crate) const HEADERS: &str = "\
date: Mon, 10 Mar 2025 01:25:52 GMT\r\n\
access-control-expose-headers: X-Request-ID\r\n\
openai-organization: example\r\n\
openai-processing-ms: 312\r\n\
openai-version: 2020-10-01\r\n\
x-ratelimit-limit-requests: 10000\r\n\
x-ratelimit-limit-tokens: 2000000\r\n\
x-ratelimit-remaining-requests: 9999\r\n\
x-ratelimit-remaining-tokens: 1999984\r\n\
x-ratelimit-reset-requests: 6ms\r\n\
x-ratelimit-reset-tokens: 0s\r\n\
x-request-id: req_4c9e5a0b8f6d4f0f9d1f8a0a4d7d1c55\r\n\
strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n\
x-content-type-options: nosniff\r\n\
server: cloudflare\r\n";

/// The name of the model.
pub(crate) const MODEL: &str = "gpt-4o-mini";

/// The prompt of both clients.
pub(crate) const QUESTION: &str = "Say something.";

/// A complete response.
pub(crate) const WHOLE: &str = r#"{
  "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG",
  "object": "chat.completion",
  "created": 1741570283,
  "model": "gpt-4o-mini-2024-07-18",
  "choices": [
    {
      "index": 0,
      "message": {
        "role": "assistant",
        "content": "Anything that can be said at all can be said clearly, and “clearly” means:\nin few words.",
        "refusal": null,
        "annotations": []
      },
      "logprobs": null,
      "finish_reason": "stop"
    }
  ],
  "usage": {
    "prompt_tokens": 10,
    "completion_tokens": 22,
    "total_tokens": 32,
    "prompt_tokens_details": {
      "cached_tokens": 0,
      "audio_tokens": 0
    },
    "completion_tokens_details": {
      "reasoning_tokens": 0,
      "audio_tokens": 0,
      "accepted_prediction_tokens": 0,
      "rejected_prediction_tokens": 0
    }
  },
  "service_tier": "default",
  "system_fingerprint": "fp_06737a9306"
}
"#;

/// Some tokens, as they appear in a JSON string.
const TOKENS: [&str; 12] = [
    " the", " light", "house", " keeper", " saw", " a", " ship", ",", " far", " away", ".", r"\n\n",
];

/// Padding that hides the length of a token.
const NOISE: &str = "aK3x9QmW0pLr";

/// Returns the events of a streamed response with this number of tokens.
pub(crate) fn events(tokens: usize) -> Vec<String> {
    let begin = r#"{"content":"","refusal":null,"role":"assistant"}"#.to_owned();
    let text = TOKENS.iter().cycle().take(tokens);
    let text = text.map(|token| format!(r#"{{"content":"{token}"}}"#));
    let mut events: Vec<String> = [begin]
        .into_iter()
        .chain(text)
        .map(|delta| event(&choice(&delta, "null"), "null"))
        .collect();
    events.push(event(&choice("{}", r#""stop""#), "null"));
    events.push(event("", &usage(tokens)));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn choice(delta: &str, reason: &str) -> String {
    format!(r#"{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}"#)
}

fn event(choices: &str, usage: &str) -> String {
    format!(
        concat!(
            r#"data: {{"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","#,
            r#""object":"chat.completion.chunk","created":1741569952,"#,
            r#""model":"gpt-4o-mini-2024-07-18","service_tier":"default","#,
            r#""system_fingerprint":"fp_06737a9306","choices":[{choices}],"usage":{usage},"#,
            r#""obfuscation":"{noise}"}}"#,
            "\n\n"
        ),
        choices = choices,
        usage = usage,
        // Pad all events to about the same length.
        noise = &NOISE[choices.len() % NOISE.len()..],
    )
}

fn usage(tokens: usize) -> String {
    format!(
        concat!(
            r#"{{"prompt_tokens":10,"completion_tokens":{tokens},"total_tokens":{total},"#,
            r#""prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"#,
            r#""completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"#,
            r#""accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}}"#
        ),
        tokens = tokens,
        total = tokens + 10,
    )
}
