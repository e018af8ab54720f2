//! Items that are neither messages nor reasoning: tools that the service ran, and items of unknown
//! types.

use runnable_chat::{
    ContentBlock, Media,
    message::{ServerToolCall, ServerToolResult},
};
use serde_json::{Map, Value, json};

/// The name of the extra in which a block keeps its original item, so that the item can be sent
/// back unchanged.
pub(super) const ITEM: &str = "item";

/// Converts an item to blocks.
pub(super) fn blocks(item: Value) -> Vec<ContentBlock> {
    let kind = item["type"].as_str().unwrap_or_default();
    let (name, args, output) = match kind {
        "web_search_call" => ("web_search", item["action"].clone(), Value::Null),
        "file_search_call" => {
            ("file_search", json!({"queries": item["queries"]}), item["results"].clone())
        }
        "code_interpreter_call" => {
            ("code_interpreter", json!({"code": item["code"]}), item["outputs"].clone())
        }
        "mcp_call" => {
            let arguments = item["arguments"].as_str().unwrap_or_default();
            let args = serde_json::from_str(arguments).unwrap_or_else(|_| arguments.into());
            let output = match &item["error"] {
                Value::Null => item["output"].clone(),
                error => error.clone(),
            };
            (item["name"].as_str().unwrap_or("mcp"), args, output)
        }
        "image_generation_call" if item["result"].is_string() => return vec![image(item)],
        _ => return vec![ContentBlock::non_standard(item)],
    };
    let mut call = ServerToolCall::new(name, args);
    call.id = item["id"].as_str().map(str::to_owned);
    let result = (!output.is_null()).then(|| {
        let mut result = ServerToolResult::new(call.id.clone().unwrap_or_default(), output);
        let failed = item["status"] == "failed" || !item["error"].is_null();
        result.status = Some(if failed { "error" } else { "success" }.to_owned());
        result
    });
    call.extras.insert(ITEM.into(), item);
    let call = ContentBlock::ServerToolCall(call);
    [call].into_iter().chain(result.map(ContentBlock::ServerToolResult)).collect()
}

fn image(mut item: Value) -> ContentBlock {
    let data = match item["result"].take() {
        Value::String(data) => data,
        _ => String::new(),
    };
    let format = item["output_format"].as_str().unwrap_or("png");
    let mut media = Media::from_base64(format!("image/{format}"), data);
    media.id = item["id"].as_str().map(str::to_owned);
    media.extras.insert(ITEM.into(), item);
    ContentBlock::Image(media)
}

/// Returns the original item from which a block was created, if the block has kept it.
pub(super) fn item(block: &ContentBlock) -> Option<Value> {
    match block {
        ContentBlock::ServerToolCall(call) => call.extras.get(ITEM).cloned(),
        ContentBlock::Image(media) => {
            let mut item: Map<String, Value> = media.extras.get(ITEM)?.as_object()?.clone();
            if let runnable_chat::message::MediaSource::Base64(data) = &media.source {
                item.insert("result".into(), data.as_str().into());
            }
            Some(item.into())
        }
        block => block.as_non_standard().cloned(),
    }
}
