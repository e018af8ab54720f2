//! An open block: a content block of an answer to which events may still add content.

use runnable_chat::{
    AiMessageChunk, ContentBlock,
    message::{BlockChunk, BlockDelta, ReasoningBlock, ServerToolResult, TextBlock, ToolCallChunk},
};
use serde_json::{Map, Value};

use super::annotation;

/// A content block of an answer to which events may still add content.
#[derive(Debug)]
pub(super) struct OpenBlock {
    /// The index by which events refer to the block. Some services use an index twice.
    pub(super) index: u64,
    /// The position of the block in the answer.
    pub(super) place: u32,
    pub(super) kind: Kind,
    /// Whether a part of the block was already returned.
    emitted: bool,
    beginning: Beginning,
}

/// What is known about the start of a block.
#[derive(Debug, PartialEq)]
enum Beginning {
    /// Parts of the block have arrived, but not the event that starts it.
    Missing,
    /// The block has started with these fields, and no part has arrived since.
    Just(Map<String, Value>),
    /// The block has started, and parts of it have arrived.
    Past,
}

/// The kind of a block, which determines how content is added to it.
#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Thinking,
    /// A tool call, with the arguments that were sent at its start. These arguments are used only
    /// if no other arguments follow.
    Call {
        on_server: bool,
        args: Option<String>,
    },
    /// A block that is returned complete at its start, and again at its end if content was added.
    Whole {
        fields: Map<String, Value>,
        grown: bool,
    },
}

impl OpenBlock {
    /// Creates a block whose start is missing.
    pub(super) fn new(index: u64, place: u32, kind: Kind) -> Self {
        Self { index, place, kind, emitted: false, beginning: Beginning::Missing }
    }

    /// Returns whether the block started with exactly these fields and has received nothing since.
    pub(super) fn began_with(&self, fields: &Map<String, Value>) -> bool {
        matches!(&self.beginning, Beginning::Just(begun) if begun == fields)
    }

    /// Handles the start of a block that arrives after parts of the block. Returns `None` if the
    /// start belongs to another block. Otherwise, returns the content that the start adds, if any.
    pub(super) fn begin_late(&mut self, fields: &Map<String, Value>) -> Option<Option<BlockChunk>> {
        if self.beginning != Beginning::Missing {
            return None;
        }
        let (started, chunk) = Self::begin(self.index, self.place, fields.clone());
        let is_same = std::mem::discriminant(&started.kind) == std::mem::discriminant(&self.kind);
        if !is_same {
            return None;
        }
        if let (Kind::Call { on_server, .. }, Kind::Call { on_server: started, .. }) =
            (&mut self.kind, &started.kind)
        {
            // Parts of a server tool call do not belong to a normal tool call, and vice versa.
            if on_server != started {
                return None;
            }
        }
        self.beginning = Beginning::Past;
        Some(chunk)
    }

    /// Creates a block that starts with these fields. Also returns the content that the fields
    /// already contain, if any.
    pub(super) fn begin(
        index: u64,
        place: u32,
        mut fields: Map<String, Value>,
    ) -> (Self, Option<BlockChunk>) {
        let beginning = Beginning::Just(fields.clone());
        let (kind, delta) = match kind_of(&fields) {
            "text" => (Kind::Text, text(fields)),
            "thinking" | "redacted_thinking" => (Kind::Thinking, thinking(fields)),
            kind @ ("tool_use" | "server_tool_use" | "mcp_tool_use") => {
                let on_server = kind != "tool_use";
                let args = match fields.shift_remove("input") {
                    None | Some(Value::Null) => None,
                    Some(Value::Object(input)) if input.is_empty() => None,
                    Some(input) => Some(input.to_string()),
                };
                (Kind::Call { on_server, args }, Some(call(fields, on_server)))
            }
            _ => {
                let block = whole(fields.clone());
                (Kind::Whole { fields, grown: false }, Some(BlockDelta::Complete(block)))
            }
        };
        let mut block = Self::new(index, place, kind);
        let chunk = delta.map(|delta| block.emit(delta));
        block.beginning = beginning;
        (block, chunk)
    }

    /// Returns a part of the block as a chunk.
    pub(super) fn emit(&mut self, delta: BlockDelta) -> BlockChunk {
        self.emitted = true;
        if self.beginning != Beginning::Missing {
            self.beginning = Beginning::Past;
        }
        BlockChunk::from(delta).with_index(self.place)
    }

    /// Returns a part of the arguments of a call as a chunk.
    pub(super) fn emit_args(&mut self, args: String) -> BlockChunk {
        let on_server = match &mut self.kind {
            Kind::Call { on_server, args } => {
                *args = None;
                *on_server
            }
            _ => false,
        };
        self.emit(call_delta(ToolCallChunk::new(args), on_server))
    }

    /// Adds a part of an unknown type: text is appended, and other fields are replaced.
    pub(super) fn grow(&mut self, delta: Map<String, Value>) {
        let Kind::Whole { fields, grown } = &mut self.kind else { return };
        for (key, value) in delta {
            if key == "type" || value.is_null() {
                continue;
            }
            *grown = true;
            match (fields.get_mut(&key), value) {
                (Some(Value::String(text)), Value::String(more)) => text.push_str(&more),
                (_, value) => _ = fields.insert(key, value),
            }
        }
    }

    /// Ends the block, and adds the content that was not returned before to the chunk.
    pub(super) fn end(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        let delta = match &mut self.kind {
            Kind::Text if !self.emitted => BlockDelta::Text(TextBlock::default()),
            Kind::Thinking if !self.emitted => BlockDelta::Reasoning(ReasoningBlock::default()),
            Kind::Call { on_server, args } => match args.take() {
                Some(args) => call_delta(ToolCallChunk::new(args), *on_server),
                None => return chunk,
            },
            Kind::Whole { fields, grown: true } => {
                BlockDelta::Complete(whole(std::mem::take(fields)))
            }
            _ => return chunk,
        };
        chunk.with_block(self.emit(delta))
    }
}

/// Returns the type of a block: the type that it declares, otherwise the type to which its fields
/// belong.
fn kind_of(fields: &Map<String, Value>) -> &str {
    let declared = fields.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
    let has = |key: &str| fields.contains_key(key);
    let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
    declared.unwrap_or(match () {
        () if has("text") => "text",
        () if has("thinking") => "thinking",
        () if has("tool_use_id") => "",
        // Anthropic has already run this call, so the program must not run it again.
        () if id.starts_with("srvtoolu_") => "server_tool_use",
        () if has("input") || (has("id") && has("name")) => "tool_use",
        () => "",
    })
}

fn call_delta(chunk: ToolCallChunk, on_server: bool) -> BlockDelta {
    if on_server { BlockDelta::ServerToolCall(chunk) } else { BlockDelta::ToolCall(chunk) }
}

/// Removes a text field and returns it, unless it is empty.
fn take_text(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    match fields.shift_remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// Returns the remaining fields of a block as its extras.
fn extras(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|key, value| key != "type" && !value.is_null());
    fields
}

/// Returns the text and the citations that a text block contains at its start.
fn text(mut fields: Map<String, Value>) -> Option<BlockDelta> {
    let mut block = TextBlock::new(take_text(&mut fields, "text").unwrap_or_default());
    if let Some(Value::Array(citations)) = fields.shift_remove("citations") {
        let citations = citations.into_iter().filter_map(|citation| match citation {
            Value::Object(fields) => Some(annotation::from_api(fields)),
            _ => None,
        });
        block.annotations = citations.collect();
    }
    block.extras = extras(fields);
    (block != TextBlock::default()).then_some(BlockDelta::Text(block))
}

/// Returns the reasoning that a `thinking` block contains at its start.
fn thinking(mut fields: Map<String, Value>) -> Option<BlockDelta> {
    let mut block = ReasoningBlock::new(take_text(&mut fields, "thinking").unwrap_or_default());
    block.signature = take_text(&mut fields, "signature");
    block.encrypted = take_text(&mut fields, "data");
    block.extras = extras(fields);
    (block != ReasoningBlock::default()).then_some(BlockDelta::Reasoning(block))
}

fn call(mut fields: Map<String, Value>, on_server: bool) -> BlockDelta {
    let mut chunk = ToolCallChunk::default();
    (chunk.id, chunk.name) = (take_text(&mut fields, "id"), take_text(&mut fields, "name"));
    chunk.extras = extras(fields);
    call_delta(chunk, on_server)
}

/// The name of the extra in which a server tool result keeps the type of its block.
pub(super) const RESULT_TYPE: &str = "block_type";

/// Converts a block that arrives complete: a server tool result, or a block of an unknown type.
fn whole(mut fields: Map<String, Value>) -> ContentBlock {
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    let call = fields.get("tool_use_id").and_then(Value::as_str);
    let (true, Some(call)) = (kind.ends_with("_tool_result"), call) else {
        return ContentBlock::non_standard(fields);
    };
    let (kind, call) = (kind.to_owned(), call.to_owned());
    let output = fields.shift_remove("content").unwrap_or_default();
    let failed = match output.get("type").and_then(Value::as_str) {
        Some(kind) => kind.ends_with("_error"),
        None => fields.get("is_error").is_some_and(|failed| *failed == true),
    };
    fields.shift_remove("tool_use_id");
    let mut result = ServerToolResult::new(call, output);
    result.status = Some(if failed { "error" } else { "success" }.to_owned());
    result.extras = extras(fields);
    result.extras.insert(RESULT_TYPE.to_owned(), kind.into());
    ContentBlock::ServerToolResult(result)
}
