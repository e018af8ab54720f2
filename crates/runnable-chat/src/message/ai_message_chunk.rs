//! A chunk of a chat model's answer.

use std::borrow::Cow;

use runnable_core::{Chunk, Chunked, Metadata, Result};
use serde_json::Value;

use super::{
    ai_message::AiMessage,
    answer::{AnswerDetails, FinishReason, RateLimit, TokenLogprob, Usage, UsageReport},
    block::{BlockChunk, BlockChunks, BlockDelta},
    content::joined,
};

/// A chunk of an [`AiMessage`]: a part of the content, details such as usage, or both.
///
/// When two chunks are merged, the parts of the same block are joined by the rules of
/// [`BlockChunk`]. Log-probabilities are appended. For all other details, the last value wins: a
/// later [`usage`](Self::with_usage) replaces an earlier one, so that no token is counted twice.
#[doc(alias = "ChatGenerationChunk")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AiMessageChunk {
    blocks: BlockChunks,
    info: Option<Box<AnswerDetails<Self>>>,
}

impl AiMessageChunk {
    /// Creates a chunk that adds this text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { BlockChunk::text(text).into() }
    }

    pub(super) fn from_parts(blocks: BlockChunks, info: AnswerDetails<Self>) -> Self {
        let info = Some(info).filter(|info| *info != AnswerDetails::default()).map(Box::new);
        Self { blocks, info }
    }

    pub(super) fn into_parts(self) -> (BlockChunks, AnswerDetails<Self>) {
        (self.blocks, self.info.map(|info| *info).unwrap_or_default())
    }

    pub(super) fn info(&self) -> Option<&AnswerDetails<Self>> {
        self.info.as_deref()
    }

    fn info_mut(&mut self) -> &mut AnswerDetails<Self> {
        self.info.get_or_insert_default()
    }

    /// Adds a part of a content block to this chunk.
    #[must_use]
    pub fn with_block(mut self, block: impl Into<BlockChunk>) -> Self {
        self.blocks.push(block.into());
        self
    }

    /// Sets the finish reason: why the model stopped.
    #[must_use]
    pub fn with_finish_reason(mut self, reason: FinishReason) -> Self {
        let info = self.info_mut();
        (info.finish_reason, info.raw_finish_reason) = (Some(reason), None);
        self
    }

    /// Sets the finish reason, given in the provider's own spelling, such as `end_turn`.
    ///
    /// ```
    /// use runnable_chat::{AiMessageChunk, FinishReason};
    ///
    /// let chunk = AiMessageChunk::default().with_raw_finish_reason("end_turn");
    /// assert_eq!(chunk.finish_reason(), Some(&FinishReason::Stop));
    /// ```
    #[doc(alias = "stop_reason")]
    #[must_use]
    pub fn with_raw_finish_reason<'a>(mut self, raw: impl Into<Cow<'a, str>>) -> Self {
        let raw = raw.into();
        let reason = FinishReason::from(&*raw);
        let info = self.info_mut();
        info.raw_finish_reason = (raw != reason.as_str()).then(|| raw.into_owned());
        info.finish_reason = Some(reason);
        self
    }

    /// Sets the token usage of the answer so far. When chunks are merged, this usage replaces the
    /// usage of earlier chunks.
    #[doc(alias = "usage_metadata")]
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.info_mut().usage = Some(UsageReport::total(usage));
        self
    }

    /// Adds `usage` to the token counts so far. When chunks are merged, the counts are added to the
    /// usage of earlier chunks.
    ///
    /// ```
    /// use runnable_chat::{AiMessageChunk, Usage, prelude::*};
    ///
    /// let mut chunk = AiMessageChunk::default().with_usage(Usage::new(10, 1));
    /// chunk.merge(AiMessageChunk::default().with_added_usage(Usage::new(0, 4)));
    /// assert_eq!(chunk.usage(), Some(Usage::new(10, 5)));
    /// ```
    #[doc(alias = "usage_metadata")]
    #[must_use]
    pub fn with_added_usage(mut self, usage: Usage) -> Self {
        self.info_mut().usage = Some(UsageReport::more(usage));
        self
    }

    /// Marks the usage in this chunk as the usage of an answer that came from an answer cache. If
    /// the chunk contains no usage, it does not change.
    ///
    /// ```
    /// use runnable_chat::{AiMessageChunk, Usage};
    ///
    /// let chunk = AiMessageChunk::new("Paris").with_usage(Usage::new(10, 1)).marked_as_cached();
    /// assert!(chunk.usage().unwrap().is_cached());
    /// ```
    #[must_use]
    pub fn marked_as_cached(mut self) -> Self {
        if let Some(info) = &mut self.info {
            info.usage = info.usage.map(UsageReport::marked_as_cached);
        }
        self
    }

    /// Sets the name of the model.
    #[doc(alias = "model_name")]
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.info_mut().model = Some(model.into());
        self
    }

    /// Sets the name of the provider, such as `openai`.
    #[doc(alias = "model_provider")]
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.info_mut().provider = Some(provider.into());
        self
    }

    /// Sets the provider's ID of the answer.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.info_mut().id = Some(id.into());
        self
    }

    /// Adds the log-probabilities of tokens.
    #[must_use]
    pub fn with_logprobs(mut self, logprobs: impl IntoIterator<Item = TokenLogprob>) -> Self {
        self.info_mut().logprobs.extend(logprobs);
        self
    }

    /// Sets rate limits of the service.
    ///
    /// A limit replaces an earlier limit with the same name. An answer keeps at most 256 limits.
    #[must_use]
    pub fn with_rate_limits(mut self, limits: impl IntoIterator<Item = RateLimit>) -> Self {
        let limits: Vec<_> = limits.into_iter().collect();
        if !limits.is_empty() {
            self.info_mut().limit(limits);
        }
        self
    }

    /// Adds an entry to the metadata of the answer, for data that is specific to the provider.
    #[doc(alias = "response_metadata")]
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.info_mut().metadata.insert(key.into(), value.into());
        self
    }

    /// Adds a chunk of another answer to the same request.
    ///
    /// If a request asks for several answers, this chunk belongs to the first answer, which has the
    /// index 0. The other answers are numbered from 1.
    #[must_use]
    pub fn with_other_choice(mut self, index: u32, choice: Self) -> Self {
        self.info_mut().other_choice(index, choice);
        self
    }

    /// Returns `true` if this chunk has neither content nor details.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.blocks.as_slice().is_empty() && self.info.is_none()
    }

    /// Returns the parts of content blocks that this chunk adds.
    #[doc(alias("content_blocks", "tool_call_chunks"))]
    pub fn blocks(&self) -> &[BlockChunk] {
        self.blocks.as_slice()
    }

    /// Returns the text that this chunk adds.
    pub fn text(&self) -> Cow<'_, str> {
        joined(self.blocks().iter().filter_map(|block| match &block.delta {
            BlockDelta::Text(block) => Some(block.text.as_str()),
            _ => None,
        }))
    }

    /// Calls `edit` for each part of a content block in this chunk, and returns the edited chunk.
    ///
    /// The first argument of `edit` is the [index](BlockChunk::index) of the block to which the
    /// part belongs. `edit` must not change the variant of the delta.
    ///
    /// ```
    /// use runnable_chat::{AiMessageChunk, message::BlockDelta};
    ///
    /// let chunk = AiMessageChunk::new("Hello").edit_blocks(|_, delta| {
    ///     if let BlockDelta::Text(block) = delta {
    ///         block.text.make_ascii_uppercase();
    ///     }
    /// });
    /// assert_eq!(chunk.text(), "HELLO");
    /// ```
    #[must_use]
    pub fn edit_blocks(mut self, edit: impl FnMut(Option<u32>, &mut BlockDelta)) -> Self {
        self.blocks.edit(edit);
        self
    }

    /// Replaces each part of a content block with the parts that `replace` adds to the list.
    pub(crate) fn replace_blocks(
        mut self,
        mut replace: impl FnMut(BlockChunk, &mut Vec<BlockChunk>),
    ) -> Self {
        let mut parts = Vec::new();
        self.blocks.into_vec().into_iter().for_each(|block| replace(block, &mut parts));
        self.blocks = BlockChunks::default();
        parts.into_iter().for_each(|part| self.blocks.push(part));
        self
    }

    /// Converts this chunk into the text that it adds.
    pub(crate) fn into_text(self) -> String {
        let mut texts = self.blocks.into_vec().into_iter().filter_map(|block| match block.delta {
            BlockDelta::Text(block) => Some(block.text),
            _ => None,
        });
        let first = texts.next().unwrap_or_default();
        texts.fold(first, |joined, text| joined + &text)
    }

    /// Returns the finish reason, if this chunk contains it.
    #[doc(alias = "stop_reason")]
    pub fn finish_reason(&self) -> Option<&FinishReason> {
        self.info()?.finish_reason.as_ref()
    }

    /// Returns the token usage, if this chunk contains it.
    #[doc(alias = "usage_metadata")]
    pub fn usage(&self) -> Option<Usage> {
        self.info()?.usage.map(UsageReport::sum)
    }

    /// Returns the name of the model, if this chunk contains it.
    #[doc(alias = "model_name")]
    pub fn model(&self) -> Option<&str> {
        self.info()?.model.as_deref()
    }

    /// Returns the name of the provider that this chunk sets.
    #[doc(alias = "model_provider")]
    pub fn provider(&self) -> Option<&str> {
        self.info()?.provider.as_deref()
    }

    /// Returns the provider's ID of the answer, if this chunk contains it.
    pub fn id(&self) -> Option<&str> {
        self.info()?.id.as_deref()
    }

    /// Returns the rate limits in this chunk.
    pub fn rate_limits(&self) -> &[RateLimit] {
        self.info().map(|info| info.rate_limits.as_slice()).unwrap_or_default()
    }

    /// Returns the metadata from the provider.
    ///
    /// Returns `None` if this chunk contains only content. If it has other details, such as a token
    /// usage or a finish reason, the metadata can be empty.
    #[doc(alias = "response_metadata")]
    pub fn metadata(&self) -> Option<&Metadata> {
        self.info().map(|info| &info.metadata)
    }
}

impl Chunk for AiMessageChunk {
    type Whole = AiMessage;

    fn merge(&mut self, next: Self) {
        self.blocks.extend(next.blocks);
        match (&mut self.info, next.info) {
            (_, None) => (),
            (Some(info), Some(next)) => info.merge(*next),
            (info @ None, next) => *info = next,
        }
    }

    /// Returns `true` if the chunk contains a non-empty part of a block, or log-probabilities.
    ///
    /// Other details do not count as content, because a service can send them and then fail.
    /// Services send the ID, the name of the model and a first token count before the model starts.
    /// The Responses API reports the finish reason before it reports why it failed.
    fn has_content(&self) -> bool {
        self.blocks().iter().any(BlockChunk::has_content)
            || self.info().is_some_and(AnswerDetails::has_content)
    }
}

impl Chunked for AiMessage {
    type Chunk = AiMessageChunk;

    fn into_chunk(self) -> AiMessageChunk {
        // If there are several blocks, give each an index. Otherwise, merging would join two
        // adjacent blocks of the same kind.
        let is_numbered = self.content.len() > 1;
        let blocks = (0..).zip(self.content).map(|(index, block)| {
            if is_numbered { BlockChunk::from(block).with_index(index) } else { block.into() }
        });
        let info = AnswerDetails {
            id: self.id,
            name: self.name,
            model: self.model,
            provider: self.provider,
            finish_reason: self.finish_reason,
            raw_finish_reason: self.provider_finish_reason,
            usage: self.usage.map(UsageReport::total),
            logprobs: self.logprobs,
            rate_limits: self.rate_limits,
            metadata: self.metadata,
            other_choices: (1..)
                .zip(self.other_choices.into_iter().map(Self::into_chunk))
                .collect(),
        };
        AiMessageChunk::from_parts(blocks.collect(), info)
    }

    fn from_chunk(chunk: AiMessageChunk) -> Result<Self> {
        let (blocks, info) = chunk.into_parts();
        let others = info.other_choices.into_values().map(Self::from_chunk);
        let is_cut = matches!(
            info.finish_reason,
            Some(FinishReason::Length | FinishReason::ContentFilter | FinishReason::Error)
        );
        Ok(Self {
            content: blocks.finish(info.id.as_deref().unwrap_or_default(), is_cut),
            finish_reason: info.finish_reason,
            provider_finish_reason: info.raw_finish_reason,
            usage: info.usage.map(UsageReport::sum),
            model: info.model,
            provider: info.provider,
            id: info.id,
            name: info.name,
            logprobs: info.logprobs,
            rate_limits: info.rate_limits,
            metadata: info.metadata,
            other_choices: others.collect::<Result<_>>()?,
        })
    }
}

impl From<BlockChunk> for AiMessageChunk {
    fn from(block: BlockChunk) -> Self {
        Self { blocks: block.into(), info: None }
    }
}
