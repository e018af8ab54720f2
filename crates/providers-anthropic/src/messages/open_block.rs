//! A block of an answer that has begun, and may go on.

use runnable_chat::{
    AiMessageChunk, ContentBlock,
    message::{BlockChunk, BlockDelta, ReasoningBlock, ServerToolResult, TextBlock, ToolCallChunk},
};
use serde_json::{Map, Value};

use super::annotation;

/// A block that has begun, and may go on.
#[derive(Debug)]
pub(super) struct OpenBlock {
    /// By which the service's events refer to it. Some services use one twice.
    pub(super) index: u64,
    /// Where it stands in the answer.
    pub(super) place: u32,
    pub(super) kind: Kind,
    /// Whether something of it was given out.
    told: bool,
    beginning: Beginning,
}

/// How a block began.
#[derive(Debug, PartialEq)]
enum Beginning {
    /// It has not: pieces of it came before.
    Missing,
    /// With these fields, and nothing has come since.
    Just(Map<String, Value>),
    /// Pieces of it have come since.
    Past,
}

/// The kinds of blocks, by how they go on.
#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Thinking,
    /// A tool's call, with the arguments that came with its beginning: they stand if no others do.
    Call {
        on_server: bool,
        args: Option<String>,
    },
    /// A block that is given out as a whole, and again when it has grown.
    Whole {
        fields: Map<String, Value>,
        grown: bool,
    },
}

impl OpenBlock {
    /// A block that goes on without having begun.
    pub(super) fn new(index: u64, place: u32, kind: Kind) -> Self {
        Self { index, place, kind, told: false, beginning: Beginning::Missing }
    }

    /// Whether the block has just begun with these fields.
    pub(super) fn began_with(&self, fields: &Map<String, Value>) -> bool {
        matches!(&self.beginning, Beginning::Just(begun) if begun == fields)
    }

    /// Begins a block of which pieces have come before, if it is of the same kind; gives what the
    /// beginning adds.
    pub(super) fn begin_late(&mut self, fields: &Map<String, Value>) -> Option<Option<BlockChunk>> {
        if self.beginning != Beginning::Missing {
            return None;
        }
        let (begun, piece) = Self::begin(self.index, self.place, fields.clone());
        let is_same = std::mem::discriminant(&begun.kind) == std::mem::discriminant(&self.kind);
        if !is_same {
            return None;
        }
        if let (Kind::Call { on_server, .. }, Kind::Call { on_server: begun, .. }) =
            (&mut self.kind, &begun.kind)
        {
            // A piece of one kind does not find a block of the other.
            if on_server != begun {
                return None;
            }
        }
        self.beginning = Beginning::Past;
        Some(piece)
    }

    /// A block that begins with these fields, and what of it can be given out.
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
        let chunk = delta.map(|delta| block.tell(delta));
        block.beginning = beginning;
        (block, chunk)
    }

    /// Gives out a piece of it.
    pub(super) fn tell(&mut self, delta: BlockDelta) -> BlockChunk {
        self.told = true;
        if self.beginning != Beginning::Missing {
            self.beginning = Beginning::Past;
        }
        BlockChunk::from(delta).with_index(self.place)
    }

    /// Gives out a piece of a call's arguments.
    pub(super) fn tell_args(&mut self, args: String) -> BlockChunk {
        let on_server = match &mut self.kind {
            Kind::Call { on_server, args } => {
                *args = None;
                *on_server
            }
            _ => false,
        };
        self.tell(call_delta(ToolCallChunk::new(args), on_server))
    }

    /// Takes in a piece of a kind that is not known: text is appended to what there is of it.
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

    /// Adds what was not given out yet: the block goes on no more.
    pub(super) fn end(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        let delta = match &mut self.kind {
            Kind::Text if !self.told => BlockDelta::Text(TextBlock::default()),
            Kind::Thinking if !self.told => BlockDelta::Reasoning(ReasoningBlock::default()),
            Kind::Call { on_server, args } => match args.take() {
                Some(args) => call_delta(ToolCallChunk::new(args), *on_server),
                None => return chunk,
            },
            Kind::Whole { fields, grown: true } => {
                BlockDelta::Complete(whole(std::mem::take(fields)))
            }
            _ => return chunk,
        };
        chunk.with_block(self.tell(delta))
    }
}

/// The type of a block: what it says, or what its fields are those of.
fn kind_of(fields: &Map<String, Value>) -> &str {
    let said = fields.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
    let has = |key: &str| fields.contains_key(key);
    said.unwrap_or(match () {
        () if has("text") => "text",
        () if has("thinking") => "thinking",
        () if has("tool_use_id") => "",
        () if has("input") || (has("id") && has("name")) => "tool_use",
        () => "",
    })
}

fn call_delta(chunk: ToolCallChunk, on_server: bool) -> BlockDelta {
    match on_server {
        true => BlockDelta::ServerToolCall(chunk),
        false => BlockDelta::ToolCall(chunk),
    }
}

/// A field that is text, taken out. Empty text is none.
fn take_text(fields: &mut Map<String, Value>, key: &str) -> Option<String> {
    match fields.shift_remove(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// What is left of a block when all that is known of it is taken out.
fn extras(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|key, value| key != "type" && !value.is_null());
    fields
}

/// Text that is there from the beginning.
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

/// Thoughts that are there from the beginning.
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

/// The extra in which the result of a provider's own tool keeps its type.
pub(super) const RESULT_TYPE: &str = "block_type";

/// A block that comes at once: the result of a provider's own tool, or one that only it knows.
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
