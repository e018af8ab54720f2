//! Tools: their definitions, their calls, and the results that the model reads.

use std::sync::{Arc, Mutex};

use futures::{
    FutureExt,
    channel::oneshot,
    executor::block_on,
    future::{self, Shared},
};
use runnable_chat::{
    message::{InvalidToolCall, ToolStatus},
    prelude::*,
    run_kind::TOOL,
    tool::{ToolArgs, ToolDefinition},
};
use runnable_core::{Listener, RunEvent, RunEventData};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::parrot::Parrot;

/// Two numbers.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Pair {
    a: i64,
    /// The second one.
    b: Option<i64>,
}

fn add() -> Tool {
    tool("add", "Adds two numbers.", |Pair { a, b }, _| async move {
        let b = b.ok_or_else(|| Error::new(ErrorKind::Other, "b is missing"))?;
        Ok(a + b)
    })
}

fn call(id: &str, name: &str, args: Value) -> ToolCall {
    ToolCall::new(id, name, args)
}

fn results(tools: &Toolbox, answer: AiMessage) -> Vec<ToolMessage> {
    block_on(tools.invoke(answer)).unwrap()
}

#[test]
fn the_definition_of_a_tool_has_its_description_and_schema() {
    let add = add();
    let definition = add.definition();
    assert_eq!((&*definition.name, &*definition.description), ("add", "Adds two numbers."));
    let schema = &definition.parameters;
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["properties"]["b"]["description"], "The second one.");
    assert_eq!(schema["required"], json!(["a"]));
    assert!(schema.get("$schema").is_none(), "{schema}");
    assert!(!definition.strict);

    let strict = add.strict(true);
    assert!(strict.definition().strict);
    assert_eq!(strict.definition().parameters["required"], json!(["a", "b"]));
    assert_eq!(strict.definition().parameters["additionalProperties"], false);
}

#[test]
fn the_result_of_a_typed_tool_keeps_its_type() {
    let add =
        typed_tool(
            "add",
            "Adds two numbers.",
            |Pair { a, b }, _| async move { Ok(a + b.unwrap_or(0)) },
        );
    let chain = add.clone().pipe(lambda(|sum: i64| sum * 10));
    assert_eq!(block_on(chain.invoke(json!({"a": 1, "b": 2}))).unwrap(), 30);
    let error = block_on(chain.invoke(json!({"a": "x"}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.path().last(), Some("add"));
    assert_eq!(format!("{:?}", add.info()), format!("{:?}", add.tool().info()));
}

#[test]
fn a_typed_tool_can_be_called_by_a_model() {
    let typed =
        typed_tool(
            "add",
            "Adds two numbers.",
            |Pair { a, b }, _| async move { Ok(a + b.unwrap_or(0)) },
        );
    assert_eq!(typed.definition(), add().definition());
    assert_eq!(typed.clone().strict(true).definition(), add().strict(true).definition());
    let answer = AiMessage::new("").with_block(call("1", "add", json!({"a": 1, "b": 2})));
    let expected = [ToolMessage::new("1", "3").with_name("add")];
    assert_eq!(results(&toolbox([typed.tool()]), answer.clone()), expected);
    assert_eq!(results(&toolbox([typed.into()]), answer), expected);
}

#[test]
fn every_method_of_a_typed_tool_returns_its_type() {
    let double = typed_tool("double", "Doubles.", |Pair { a, .. }, _| async move { Ok(a * 2) });
    let inputs = || [json!({"a": 1}), json!({"a": "x"}), json!({"a": 3})];

    let results = block_on(double.batch(inputs()));
    let kinds: Vec<_> =
        results.into_iter().map(|result| result.map_err(|error| error.kind())).collect();
    assert_eq!(kinds, [Ok(2), Err(ErrorKind::InvalidInput), Ok(6)]);
    assert_eq!(block_on(double.stream(json!({"a": 1})).concat()).unwrap(), 2);

    let each = double.clone().each().pipe(lambda(|sums: Vec<i64>| sums.into_iter().sum::<i64>()));
    assert_eq!(block_on(each.invoke(vec![json!({"a": 1}), json!({"a": 2})])).unwrap(), 6);
    let safe = double.with_fallback(lambda(|_: Value| 0));
    assert_eq!(block_on(safe.invoke(json!({}))).unwrap(), 0);
}

#[test]
fn a_tool_reads_resources_and_configurable_values() {
    struct Names(&'static str);
    let whoami = tool("whoami", "Tells the user.", |(): (), cx: RunContext| async move {
        let id = cx.configurable("user_id").and_then(Value::as_u64);
        Ok(format!("{} {}", cx.resource::<Names>()?.0, id.unwrap_or_default()))
    });
    let toolbox = toolbox([whoami]).declares("user_id");

    let answer = AiMessage::new("").with_block(call("1", "whoami", json!({})));
    let config = RunConfig::new().configurable("user_id", 7).resource(Names("Ada"));
    let results = block_on(toolbox.invoke(answer).config(config)).unwrap();
    assert_eq!(results[0].text(), "Ada 7");
}

#[test]
fn a_type_provides_a_tool_definition() {
    let definition = Pair::definition();
    assert_eq!((&*definition.name, &*definition.description), ("Pair", "Two numbers."));
    assert_eq!(definition.parameters, add().definition().parameters);
    let call = call("1", "Pair", json!({"a": 1}));
    assert_eq!(call.parse_args::<Pair>().unwrap(), Pair { a: 1, b: None });
    let invalid = ToolCall::new("1", "Pair", json!({"a": "x"}));
    let error = invalid.parse_args::<Pair>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("at `a`: invalid type"), "{error}");
}

#[test]
fn a_model_accepts_tools_definitions_and_toolboxes() {
    let model = || ChatModel::new(Parrot);
    let debug = |model: ChatModel| format!("{model:?}");
    let toolbox = toolbox([add()]);
    assert_eq!(debug(model().tools([&add()])), debug(model().tools(&toolbox)));
    assert_eq!(debug(model().tools([add()])), debug(model().tools(&toolbox)));
    let definition: ToolDefinition = add().into();
    assert_eq!(debug(model().tools([definition])), debug(model().tools(&toolbox)));
    assert!(debug(model()) != debug(model().tools(&toolbox)));
}

#[test]
fn an_error_names_the_invalid_argument() {
    let error = block_on(add().invoke(json!({"a": 1, "b": "x"}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    for part in ["`add`", "`b`", "expected i64"] {
        assert!(error.message().contains(part), "{error}");
    }
    let error = block_on(add().invoke(json!({"b": 1}))).unwrap_err();
    assert!(error.message().contains("missing field `a`"), "{error}");
}

#[test]
fn the_schema_of_a_tool_can_be_built_at_run_time() {
    let schema = json!({"type": "object", "properties": {"x": {"type": "number"}}});
    let definition = ToolDefinition::new("echo", "Says it back.", schema);
    let echo = Tool::new(definition, |args, _| async move { Ok(args) });
    assert_eq!(block_on(echo.invoke(json!({"x": 1}))).unwrap(), json!({"x": 1}));
}

#[test]
fn a_tool_can_accept_no_arguments_or_any() {
    let now = tool("now", "Tells the time.", |(): (), _| async { Ok("noon") });
    assert_eq!(now.definition().parameters, json!({"type": "object", "properties": {}}));
    assert_eq!(block_on(now.invoke(json!({}))).unwrap(), "noon");
    let error = block_on(now.invoke(json!({"zone": "UTC"}))).unwrap_err();
    assert!(error.message().contains("expected unit"), "{error}");

    let any = tool("any", "Takes anything.", |args: Value, _| async move { Ok(args) });
    assert_eq!(any.definition().parameters["type"], "object");
}

#[test]
fn results_are_in_the_order_of_the_calls() {
    let note = tool("note", "Notes.", |text: String, _| async move { Ok(format!("noted {text}")) });
    let answer = AiMessage::new("Let me see.")
        .with_block(call("1", "add", json!({"a": 1, "b": 2})))
        .with_block(call("2", "note", json!("it")))
        .with_block(call("3", "add", json!({"a": 3, "b": 4})));
    let results = results(&toolbox([add(), note]), answer);
    let expected = [
        ToolMessage::new("1", "3").with_name("add"),
        ToolMessage::new("2", "noted it").with_name("note"),
        ToolMessage::new("3", "7").with_name("add"),
    ];
    assert_eq!(results, expected);
}

#[test]
fn an_answer_without_calls_has_no_results() {
    assert_eq!(results(&toolbox([add()]), AiMessage::new("Done.")), []);
}

#[test]
fn errors_that_the_model_can_correct_are_returned_to_it() {
    let mut truncated = InvalidToolCall::new("the arguments are not valid JSON: EOF");
    (truncated.id, truncated.name) = (Some("4".into()), Some("add".into()));
    let mut answer = AiMessage::new("")
        .with_block(call("1", "sub", json!({})))
        .with_block(call("2", "add", json!({"a": "x"})))
        .with_block(call("3", "add", json!({"a": 1})));
    answer.content.push(ContentBlock::InvalidToolCall(truncated));
    answer.content.push(call("5", "add", json!({"a": 1, "b": 1})).into());
    let results = results(&toolbox([add()]), answer);
    let parts: Vec<_> = results
        .iter()
        .map(|result| (&*result.tool_call_id, result.status, result.text()))
        .collect();
    let messages =
        ["unknown tool `sub`: expected one of `add`", "at `a`", "b is missing", "not valid JSON"];
    for ((id, status, text), message) in parts.iter().zip(messages) {
        assert_eq!(*status, ToolStatus::Error, "{id}");
        assert!(text.contains(message), "{text}");
    }
    assert_eq!(parts[4], ("5", ToolStatus::Success, "2".into()));
    assert_eq!(parts.iter().map(|(id, ..)| *id).collect::<String>(), "12345");
}

#[test]
fn errors_that_the_model_cannot_correct_fail_the_step() {
    let locked = tool("locked", "", |_: Value, _| async {
        Err::<(), _>(Error::new(ErrorKind::Authentication, "no key"))
    });
    let answer = AiMessage::new("").with_block(call("1", "locked", json!({})));
    let error = block_on(toolbox([locked]).invoke(answer)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.path().collect::<Vec<_>>(), ["tools", "locked"]);
}

#[test]
fn a_tool_that_panics_fails_only_its_call() {
    fn divide(by: Value) -> Value {
        assert_ne!(by, 0, "cannot divide by 0");
        json!(6 / by.as_i64().unwrap())
    }
    let panics_when_called = tool("early", "", |by: Value, _| future::ready(Ok(divide(by))));
    let panics_when_polled = tool("late", "", |by: Value, _| async move {
        tokio::task::yield_now().await;
        Ok(divide(by))
    });
    let tools = toolbox([panics_when_called, panics_when_polled]);
    for watched in [false, true] {
        let ends = Ends::default();
        let config =
            if watched { RunConfig::new().listener(ends.clone()) } else { RunConfig::new() };
        let answer = AiMessage::new("")
            .with_block(call("1", "early", json!(0)))
            .with_block(call("2", "late", json!(2)))
            .with_block(call("3", "late", json!(0)))
            .with_block(call("4", "early", json!(3)));
        let results = block_on(tools.invoke(answer).config(config)).unwrap();
        let parts: Vec<_> = results.iter().map(|result| (result.status, result.text())).collect();
        for n in [0, 2] {
            assert_eq!(parts[n].0, ToolStatus::Error);
            assert!(parts[n].1.contains("the tool panicked: "), "{}", parts[n].1);
            assert!(parts[n].1.contains("cannot divide by 0"), "{}", parts[n].1);
        }
        assert_eq!(parts[1], (ToolStatus::Success, "3".into()));
        assert_eq!(parts[3], (ToolStatus::Success, "2".into()));
        let mut expected = vec![
            ("early".to_owned(), Some(ErrorKind::Panic)),
            ("early".to_owned(), None),
            ("late".to_owned(), Some(ErrorKind::Panic)),
            ("late".to_owned(), None),
            ("tools".to_owned(), None),
        ];
        if !watched {
            expected.clear();
        }
        let mut ends = ends.0.lock().unwrap().clone();
        ends.sort_by_key(|(name, kind)| (name.clone(), kind.is_none()));
        assert_eq!(ends, expected);
    }
}

/// The names of the runs that have ended, with the kinds of their errors.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<Vec<End>>>);

type End = (String, Option<ErrorKind>);

impl Listener for Ends {
    fn on_event(&self, event: &RunEvent<'_>) {
        let kind = match &event.data {
            RunEventData::End { .. } => None,
            RunEventData::Error { error, .. } => Some(error.kind()),
            data if data.is_terminal() => panic!("unexpected {data:?}"),
            _ => return,
        };
        self.0.lock().unwrap().push((event.run.name.to_string(), kind));
    }
}

#[test]
fn duplicate_tool_names_are_an_error() {
    let error = block_on(toolbox([add(), add()]).invoke(AiMessage::new(""))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("duplicate tool name `add`"), "{error}");
}

/// Creates a tool that waits until the test opens `gate`.
fn gated(name: &'static str, gate: oneshot::Receiver<&'static str>) -> Tool {
    let gate: Shared<_> = gate.shared();
    tool(name, "", move |_: Value, _| {
        let gate = gate.clone();
        async move { gate.await.map_err(Error::other) }
    })
}

#[test]
fn calls_run_in_parallel_and_results_keep_their_order() {
    let ((open_a, a), (open_b, b)) = (oneshot::channel(), oneshot::channel());
    let answer = AiMessage::new("").with_block(call("1", "a", json!({}))).with_block(call(
        "2",
        "b",
        json!({}),
    ));
    let mut results = toolbox([gated("a", a), gated("b", b)]).stream(answer);
    assert!(results.next().now_or_never().is_none());
    open_b.send("B").unwrap();
    assert!(results.next().now_or_never().is_none(), "the first result is not complete yet");
    open_a.send("A").unwrap();
    let mut next =
        || results.next().now_or_never().unwrap().unwrap().unwrap()[0].text().into_owned();
    assert_eq!((next(), next()), ("A".into(), "B".into()));
}

#[derive(Debug, Default)]
struct Kinds(Mutex<Vec<(String, bool)>>);

impl Listener for Kinds {
    fn on_event(&self, event: &RunEvent<'_>) {
        let seen = (event.run.name.to_string(), event.run.kind == TOOL);
        let mut kinds = self.0.lock().unwrap();
        if !kinds.contains(&seen) {
            kinds.push(seen);
        }
    }
}

#[test]
fn each_call_is_a_child_run_of_the_toolbox() {
    let inner = lambda(|n: i64| n + 1).with_name("inner");
    let outer = tool("outer", "", move |_: Value, cx: RunContext| {
        let inner = inner.clone();
        async move { inner.invoke(1).config(&cx).await }
    });
    let kinds = Arc::new(Kinds::default());
    let answer = AiMessage::new("").with_block(call("1", "outer", json!({})));
    let config = RunConfig::new().listener(Arc::clone(&kinds));
    block_on(toolbox([outer]).invoke(answer).config(config)).unwrap();
    let kinds = kinds.0.lock().unwrap();
    assert_eq!(*kinds, [("tools".into(), false), ("outer".into(), true), ("inner".into(), false)]);
}

#[test]
fn dropping_a_call_of_the_toolbox_drops_its_tools() {
    let dropped = Arc::new(());
    let held = Arc::downgrade(&dropped);
    let waits = tool("waits", "", move |_: Value, _| {
        let _held = Arc::clone(&dropped);
        async move {
            let _held = _held;
            future::pending::<Result<()>>().await
        }
    });
    let answer = AiMessage::new("").with_block(call("1", "waits", json!({})));
    let mut results = toolbox([waits]).stream(answer);
    assert!(results.next().now_or_never().is_none());
    drop(results);
    assert!(held.upgrade().is_none());
}

/// Records the tool runs of a call: their names, inputs, call IDs and errors.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Listener for Calls {
    fn on_event(&self, event: &RunEvent<'_>) {
        let Some(id) = event.run.metadata.get("tool_call_id").filter(|_| event.run.kind == TOOL)
        else {
            return;
        };
        let description = match &event.data {
            RunEventData::Start { input: Some(input), .. } => {
                format!("starts with {}", input.to_json().unwrap())
            }
            RunEventData::Error { error, .. } => format!("fails: {}", error.message()),
            RunEventData::End { .. } => "ends".to_owned(),
            _ => return,
        };
        self.0.lock().unwrap().push(format!("{} {id} {description}", event.run.name));
    }
}

#[test]
fn an_invalid_call_has_a_failed_run() {
    let mut truncated = InvalidToolCall::new("the arguments are truncated");
    (truncated.id, truncated.name) = (Some("3".into()), Some("add".into()));
    truncated.args = Some("{\"a\": 1".into());
    let mut answer = AiMessage::new("")
        .with_block(call("1", "sub", json!({ "a": 1 })))
        .with_block(call("2", "add", json!({ "a": "x" })));
    answer.content.push(ContentBlock::InvalidToolCall(truncated));
    answer.content.push(call("4", "add", json!({ "a": 1, "b": 1 })).into());
    let calls = Calls::default();
    let config = RunConfig::new().listener(calls.clone());
    let results = block_on(toolbox([add()]).invoke(answer).config(config)).unwrap();
    assert_eq!(results.len(), 4);
    let lines = calls.0.lock().unwrap();
    let of = |id: usize| -> Vec<_> {
        lines
            .iter()
            .filter(|line| line.contains(&format!("\"{id}\" ")))
            .map(|line| &**line)
            .collect()
    };
    assert_eq!(
        of(1),
        [
            r#"sub "1" starts with {"a":1}"#,
            r#"sub "1" fails: unknown tool `sub`: expected one of `add`"#
        ]
    );
    assert_eq!(of(2)[0], r#"add "2" starts with {"a":"x"}"#);
    assert!(of(2)[1].starts_with(r#"add "2" fails: invalid arguments for tool `add`"#));
    assert_eq!(
        of(3),
        [r#"add "3" starts with "{\"a\": 1""#, r#"add "3" fails: the arguments are truncated"#]
    );
    assert_eq!(of(4), [r#"add "4" starts with {"a":1,"b":1}"#, r#"add "4" ends"#]);
}

#[test]
fn child_runs_of_a_tool_do_not_inherit_its_call_id() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    struct Ids(Arc<Mutex<Vec<(String, bool)>>>);
    impl Listener for Ids {
        fn on_event(&self, event: &RunEvent<'_>) {
            if matches!(event.data, RunEventData::Start { .. }) {
                let has_id = event.run.metadata.contains_key("tool_call_id");
                self.0.lock().unwrap().push((event.run.name.to_string(), has_id));
            }
        }
    }
    let inner = lambda(|n: i64| n).with_name("inner");
    let outer = tool("outer", "", move |(): (), cx: RunContext| {
        let inner = inner.clone();
        async move { inner.invoke(1).config(&cx).await }
    });
    let config = RunConfig::new().listener(Ids(Arc::clone(&seen)));
    let answer = AiMessage::new("").with_block(call("1", "outer", json!({})));
    block_on(toolbox([outer]).invoke(answer).config(config)).unwrap();
    let name = |name: &str, has_id| (name.to_owned(), has_id);
    let expected = [name("tools", false), name("outer", true), name("inner", false)];
    assert_eq!(*seen.lock().unwrap(), expected);
}

/// A tool whose inner step panics, and an answer that calls the tool.
fn broken_inside() -> (Toolbox, AiMessage) {
    let tool = tool("outer", "Fails.", |(): (), cx: RunContext| async move {
        let inner = lambda(|n: u64| 1 / n).with_name("inner");
        inner.invoke(0u64).config(&cx).await
    });
    let answer = AiMessage::new("").with_block(ToolCall::new("1", "outer", json!({})));
    (toolbox([tool]), answer)
}

#[test]
fn the_path_of_a_panic_leads_into_the_tool() {
    let (tools, answer) = broken_inside();
    let (step, args) = tools.call_steps(answer).unwrap().remove(0);
    let error = block_on(step.invoke(args).into_future()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert_eq!(error.message(), "the tool panicked: attempt to divide by zero");
    assert_eq!(error.path().collect::<Vec<_>>(), ["outer", "inner"]);
}

#[test]
fn a_later_panic_does_not_have_the_path_of_a_tool() {
    let step =
        async_lambda(capture(broken_inside(), |(tools, answer), fails: bool, cx| async move {
            tools.invoke(answer).config(&cx).await?;
            assert!(!fails, "too late");
            Ok(())
        }));
    let results = block_on(step.with_name("step").batch([true]).into_future());
    let error = results.into_iter().next().unwrap().unwrap_err();
    assert_eq!(error.message(), "the step panicked: too late");
    assert_eq!(error.path().collect::<Vec<_>>(), ["step"]);
}
