//! The auto traits of the public types.

use runnable_chat::{
    ChatOptions, HumanMessage, SystemMessage, ToolMessage,
    embedding::SimilarExamples,
    message::ToolStatus,
    metering::{SpendingLimitReached, UsageTotals},
    model::{ChatProvider, ChatRequest, TextProvider, TextRequest},
    parser::{
        AskUntilParsed, EnumParser, IncludeRaw, IncrementalParser, JsonParser, JsonPartialParser,
        JsonValueParser, ListReader, OneOfParser, StructuredParser, TextParser, ThinkingReader,
        XmlTagsReader,
    },
    prelude::*,
    pricing::{Cost, Prices, TokenPrices},
    prompt::{FewShot, MessageTemplate, MessagesPlaceholder, Template},
    retriever::Retriever,
    tool::{ToolDefinition, TypedTool},
};
use static_assertions::{assert_impl_all, assert_obj_safe};

assert_impl_all!(AiMessage: Send, Sync, Unpin, Clone);
assert_impl_all!(AiMessageChunk: Send, Sync, Unpin, Clone);
assert_impl_all!(AskUntilParsed<ChatModel, TextParser>: Send, Sync, Unpin, Clone);
assert_impl_all!(Dict: Send, Sync, Unpin, Clone);
assert_impl_all!(ChatModel: Send, Sync, Unpin, Clone);
assert_impl_all!(ChatOptions: Send, Sync, Unpin, Clone);
assert_impl_all!(ChatRequest: Send, Sync, Unpin, Clone);
assert_impl_all!(Document: Send, Sync, Unpin, Clone);
assert_impl_all!(EnumParser<u8, std::string::String>: Send, Sync, Unpin, Copy);
assert_impl_all!(FewShot: Send, Sync, Unpin, Clone);
assert_impl_all!(FinishReason: Send, Sync, Unpin, Clone);
assert_impl_all!(HumanMessage: Send, Sync, Unpin, Clone);
assert_impl_all!(IncludeRaw<TextParser>: Send, Sync, Unpin, Clone);
assert_impl_all!(IncrementalParser<ListReader, AiMessage>: Send, Sync, Unpin, Clone);
assert_impl_all!(IncrementalParser<ThinkingReader, AiMessage>: Send, Sync, Unpin, Clone);
assert_impl_all!(IncrementalParser<XmlTagsReader, AiMessage>: Send, Sync, Unpin, Clone);
assert_impl_all!(JsonPartialParser<u8>: Send, Sync, Unpin, Copy);
assert_impl_all!(OneOfParser<AiMessage>: Send, Sync, Unpin, Clone);
assert_impl_all!(SimilarExamples: Send, Sync, Unpin, Clone);
assert_impl_all!(JsonParser<std::string::String>: Send, Sync, Unpin, Copy);
assert_impl_all!(JsonValueParser: Send, Sync, Unpin, Clone);
assert_impl_all!(Message: Send, Sync, Unpin, Clone);
assert_impl_all!(MessageTemplate: Send, Sync, Unpin, Clone);
assert_impl_all!(MessagesPlaceholder: Send, Sync, Unpin, Clone);
assert_impl_all!(PromptValue: Send, Sync, Unpin, Clone);
assert_impl_all!(ChatPromptTemplate: Send, Sync, Unpin, Clone);
assert_impl_all!(Retriever: Send, Sync, Unpin, Clone);
assert_impl_all!(SystemMessage: Send, Sync, Unpin, Clone);
assert_impl_all!(Template: Send, Sync, Unpin, Clone);
assert_impl_all!(TextModel: Send, Sync, Unpin, Clone);
assert_impl_all!(TextParser: Send, Sync, Unpin, Clone);
assert_impl_all!(TextRequest: Send, Sync, Unpin, Clone);
assert_impl_all!(StructuredParser<std::string::String>: Send, Sync, Unpin, Copy);
assert_impl_all!(Tool: Send, Sync, Unpin, Clone);
assert_impl_all!(ToolDefinition: Send, Sync, Unpin, Clone);
assert_impl_all!(ToolMessage: Send, Sync, Unpin, Clone);
assert_impl_all!(ToolStatus: Send, Sync, Unpin, Copy);
assert_impl_all!(Toolbox: Send, Sync, Unpin, Clone);
assert_impl_all!(TypedTool<i64>: Send, Sync, Unpin, Clone);
assert_impl_all!(Usage: Send, Sync, Unpin, Copy);
assert_impl_all!(UsageMeter: Send, Sync, Unpin, Clone);
assert_impl_all!(UsageTotals: Send, Sync, Unpin, Clone);
assert_impl_all!(SpendingLimit: Send, Sync, Unpin, Clone);
assert_impl_all!(SpendingLimitReached: Send, Sync, Unpin, Clone);
assert_impl_all!(Prices: Send, Sync, Unpin, Clone);
assert_impl_all!(TokenPrices: Send, Sync, Unpin, Clone);
assert_impl_all!(Cost: Send, Sync, Unpin, Copy);
assert_obj_safe!(ChatProvider);
assert_obj_safe!(TextProvider);
