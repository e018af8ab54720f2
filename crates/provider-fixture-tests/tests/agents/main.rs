//! Agents with the models of each provider. A transport returns the responses of a complete loop, in
//! the shapes of the services: an answer with a tool call, and then the final answer.

mod responses;
mod service;

use providers_anthropic::anthropic;
use providers_openai::{Api, groq, openai};
use runnable_agents::prelude::*;
use runnable_http::HttpRetryPolicy;
use serde_json::Value;

use crate::service::Service;

/// A service, its responses, and the model that uses it.
struct Case {
    name: &'static str,
    responses: fn(bool) -> [String; 2],
    model: fn(Service) -> ChatModel,
    /// The list in the second request that ends with the result of the tool.
    list: &'static str,
}

const CASES: [Case; 4] = [
    Case {
        name: "OpenAI, Chat Completions",
        responses: responses::chat,
        model: |service| of_openai(openai("m").api(Api::ChatCompletions), service),
        list: "messages",
    },
    Case {
        name: "OpenAI, Responses",
        responses: responses::responses,
        model: |service| of_openai(openai("m").api(Api::Responses), service),
        list: "input",
    },
    Case {
        name: "Groq",
        responses: responses::groq,
        model: |service| of_openai(groq("m"), service),
        list: "messages",
    },
    Case {
        name: "Anthropic",
        responses: responses::anthropic,
        model: |service| {
            let model = anthropic("m").api_key("sk-123");
            let model = model
                .http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(service));
            model.build().expect("valid settings")
        },
        list: "messages",
    },
];

fn of_openai(builder: providers_openai::OpenAiBuilder, service: Service) -> ChatModel {
    let model = builder.env(|_| None).api_key("sk-123");
    let model =
        model.http(|client| client.retry_policy(HttpRetryPolicy::none()).transport(service));
    model.build().expect("valid settings")
}

fn weather() -> Tool {
    tool("weather", "Tells the weather.", |args: Value, _| async move {
        Ok(format!("rain in {}", args["city"].as_str().unwrap_or_default()))
    })
}

/// Fails unless the agent has called the tool, and the service has received the result.
fn check(case: &Case, service: &Service, output: &AgentOutput) {
    assert_eq!(output.text(), "It rains.", "{}", case.name);
    let requests = service.requests();
    assert_eq!(requests.len(), 2, "{}", case.name);
    assert!(requests[0]["tools"].to_string().contains("weather"), "{}", case.name);
    let last = requests[1][case.list].as_array().and_then(|list| list.last());
    let last = last.map(Value::to_string).unwrap_or_default();
    assert!(last.contains("rain in oslo") && last.contains("call_abc"), "{}: {last}", case.name);
}

#[tokio::test]
async fn a_loop_completes_with_every_api() {
    for case in &CASES {
        let mut outputs = Vec::new();
        for is_streamed in [false, true] {
            let service = Service::new(case.responses);
            let agent = agent((case.model)(service.clone()), [weather()]);
            let output = if is_streamed {
                agent.stream("The weather in Oslo?").concat().await
            } else {
                agent.invoke("The weather in Oslo?").await
            };
            let output = output.unwrap_or_else(|error| panic!("{}: {error}", case.name));
            assert_eq!(service.streamed(), [is_streamed; 2], "{}", case.name);
            check(case, &service, &output);
            outputs.push(output);
        }
        let texts = |output: &AgentOutput| {
            let messages = output.clone().into_messages();
            messages.iter().map(|message| message.text().into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&outputs[0]), texts(&outputs[1]), "{}", case.name);
    }
}

#[tokio::test]
async fn a_stored_state_continues_with_every_api() {
    for case in &CASES {
        let service = Service::new(case.responses);
        let first = agent((case.model)(service.clone()), [weather()]);
        let first = first.require_approval(["weather"]);
        let paused = first.stream("The weather in Oslo?").concat().await.unwrap().paused;
        let stored = serde_json::to_string(&paused).unwrap();
        drop(first);

        let second = agent((case.model)(service.clone()), [weather()]);
        let state: Option<AgentState> = serde_json::from_str(&stored).unwrap();
        let mut state = state.unwrap_or_else(|| panic!("{}: no pause", case.name));
        state.approve_all();
        let output = second.resume().invoke(state).await.unwrap();
        check(case, &service, &output);
    }
}
