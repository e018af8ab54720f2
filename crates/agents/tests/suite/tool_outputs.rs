//! What tools return: text, JSON, content blocks, artifacts, and progress.

use runnable_agents::prelude::*;
use runnable_chat::tool::ToolContent;
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};

async fn result_of<O: serde::Serialize + Clone + Send + Sync + 'static>(output: O) -> ToolMessage {
    let tool = tool("give", "Returns a value.", move |_: Value, _| {
        let output = output.clone();
        async move { Ok(output) }
    });
    let call = ScriptedReply::tool_call("give", json!({}));
    let model = ScriptedChatModel::new([call, "Done.".into()]).to_model();
    let output = agent(model, [tool]).invoke("Go").await.unwrap();
    output.rounds[0].results[0].clone()
}

#[tokio::test]
async fn a_tool_returns_text_json_or_blocks() {
    assert_eq!(result_of("text").await.text(), "text");
    assert_eq!(result_of(vec![1, 2]).await.text(), "[1,2]");
    let image = ContentBlock::Image(Media::from_url("https://example.org/cat.png"));
    let blocks = vec![ContentBlock::text("A cat:"), image];
    let message = result_of(ToolOutput::blocks(blocks.clone())).await;
    assert_eq!((message.content, message.artifact), (blocks, None));
}

#[tokio::test]
async fn an_artifact_is_for_the_program_only() {
    let output = ToolOutput::from(json!({"rows": 2})).with_artifact(json!([[1], [2]]));
    let message = result_of(output).await;
    assert_eq!((&*message.text(), &message.artifact), (r#"{"rows":2}"#, &Some(json!([[1], [2]]))));
}

#[test]
fn a_stored_output_is_read_back() {
    let lookalike = json!({"type": "tool_output", "content": "x"});
    for output in [
        ToolOutput::text("a"),
        ToolOutput::from(json!({"type": "other"})),
        ToolOutput::from(lookalike.clone()),
        ToolOutput::from(lookalike).with_artifact(1),
        ToolOutput::blocks(["a", "b"]).with_artifact(json!({"b": null})),
        ToolOutput::blocks(Vec::<ContentBlock>::new()),
    ] {
        let stored = serde_json::to_value(&output).unwrap();
        assert_eq!(serde_json::from_value::<ToolOutput>(stored).unwrap(), output);
    }
    let plain = serde_json::to_value(ToolOutput::from(json!([1]))).unwrap();
    assert_eq!(plain, json!([1]));
    assert_eq!(ToolOutput::default().content, ToolContent::Json(Value::Null));
}

#[tokio::test]
async fn a_tool_reports_its_progress() {
    let index = tool("index", "Indexes.", |_: Value, cx: RunContext| async move {
        for page in 1..=2 {
            cx.emit_when_ready("page", &page).await;
        }
        Ok("indexed")
    });
    let call = ScriptedReply::tool_call("index", json!({}));
    let model = ScriptedChatModel::new([call, "Done.".into()]).to_model();
    let recorder = EventRecorder::new();
    let config = RunConfig::new().listener(recorder.clone());
    agent(model, [index]).invoke("Go").config(config).await.unwrap();
    let lines = recorder.lines();
    let start = lines.iter().position(|line| line == "on_tool_start index").unwrap();
    let after = &lines[start + 1..start + 4];
    assert_eq!(after, ["on_custom_event page", "on_custom_event page", "on_tool_end index"]);
}
