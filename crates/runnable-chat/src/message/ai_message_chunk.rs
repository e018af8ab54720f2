//! A piece of what the model says.

use std::borrow::Cow;

use runnable_core::{Chunk, Chunked, Metadata, Result};
use serde_json::Value;

use super::{
    ai_message::AiMessage,
    answer::{AnswerDetails, FinishReason, RateLimit, TokenLogprob, Usage, UsageReport},
    block::{BlockChunk, BlockChunks, BlockDelta},
    content::joined,
};

/// A piece of an [`AiMessage`].
///
/// Pieces of a block are put together as [`BlockChunk`] says. Of everything else the last value
/// that came stands: a later [count of tokens](Self::with_usage) replaces an earlier one, so
/// nothing is counted twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AiMessageChunk {
    blocks: BlockChunks,
    info: Option<Box<AnswerDetails<Self>>>,
}

impl AiMessageChunk {
    /// A piece that adds this text.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        match text.is_empty() {
            true => Self::default(),
            false => BlockChunk::text(text).into(),
        }
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

    /// This piece, and a piece of one more block.
    #[must_use]
    pub fn with_block(mut self, block: impl Into<BlockChunk>) -> Self {
        self.blocks.push(block.into());
        self
    }

    /// This piece, and why the model stopped.
    #[must_use]
    pub fn with_finish_reason(mut self, reason: FinishReason) -> Self {
        let info = self.info_mut();
        (info.finish_reason, info.raw_finish_reason) = (Some(reason), None);
        self
    }

    /// This piece, and why the model stopped, in the provider's spelling.
    #[must_use]
    pub fn with_raw_finish_reason<'a>(mut self, raw: impl Into<Cow<'a, str>>) -> Self {
        let raw = raw.into();
        let reason = FinishReason::from(&*raw);
        let info = self.info_mut();
        info.raw_finish_reason = (raw != reason.as_str()).then(|| raw.into_owned());
        info.finish_reason = Some(reason);
        self
    }

    /// This piece, and how many tokens the answer took so far. It replaces what was counted before.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.info_mut().usage = Some(UsageReport::total(usage));
        self
    }

    /// This piece, and how many tokens more the answer took than was counted before.
    #[must_use]
    pub fn with_added_usage(mut self, usage: Usage) -> Self {
        self.info_mut().usage = Some(UsageReport::more(usage));
        self
    }

    /// This piece, and the name of the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.info_mut().model = Some(model.into());
        self
    }

    /// This piece, and the provider, such as `openai`.
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.info_mut().provider = Some(provider.into());
        self
    }

    /// This piece, and the id of the answer.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.info_mut().id = Some(id.into());
        self
    }

    /// This piece, and how likely its tokens were.
    #[must_use]
    pub fn with_logprobs(mut self, logprobs: impl IntoIterator<Item = TokenLogprob>) -> Self {
        self.info_mut().logprobs.extend(logprobs);
        self
    }

    /// This piece, and how much more the service may be asked. Timeouts of other names stay. An answer
    /// keeps 256 limits at most.
    #[must_use]
    pub fn with_rate_limits(mut self, limits: impl IntoIterator<Item = RateLimit>) -> Self {
        let limits: Vec<_> = limits.into_iter().collect();
        if !limits.is_empty() {
            self.info_mut().limit(limits);
        }
        self
    }

    /// This piece, and something else that the provider says of the answer.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.info_mut().metadata.insert(key.into(), value.into());
        self
    }

    /// This piece, and a piece of a further answer, where several were asked for. They are counted
    /// from 1; this one is 0.
    #[must_use]
    pub fn with_other_choice(mut self, index: u32, choice: Self) -> Self {
        self.info_mut().other_choice(index, choice);
        self
    }

    /// Whether it adds nothing, and says nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.blocks.as_slice().is_empty() && self.info.is_none()
    }

    /// The pieces of blocks that are added.
    pub fn blocks(&self) -> &[BlockChunk] {
        self.blocks.as_slice()
    }

    /// The text that is added.
    pub fn text(&self) -> Cow<'_, str> {
        joined(self.blocks().iter().filter_map(|block| match &block.delta {
            BlockDelta::Text(block) => Some(block.text.as_str()),
            _ => None,
        }))
    }

    /// This piece, whose blocks were edited. The index tells which block a piece belongs to; the edit
    /// must not change the kind of a piece.
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

    /// The text that is added, taken out.
    pub(crate) fn into_text(self) -> String {
        let mut texts = self.blocks.into_vec().into_iter().filter_map(|block| match block.delta {
            BlockDelta::Text(block) => Some(block.text),
            _ => None,
        });
        let first = texts.next().unwrap_or_default();
        texts.fold(first, |all, text| all + &text)
    }

    /// Why the model stopped, if this piece says so.
    pub fn finish_reason(&self) -> Option<&FinishReason> {
        self.info()?.finish_reason.as_ref()
    }

    /// How many tokens the answer took, if this piece says so.
    pub fn usage(&self) -> Option<Usage> {
        self.info()?.usage.map(UsageReport::sum)
    }

    /// The name of the model, if this piece says it.
    pub fn model(&self) -> Option<&str> {
        self.info()?.model.as_deref()
    }

    /// The id of the answer, if this piece says it.
    pub fn id(&self) -> Option<&str> {
        self.info()?.id.as_deref()
    }

    /// How much more the service may be asked, as far as this piece says so.
    pub fn rate_limits(&self) -> &[RateLimit] {
        self.info().map(|info| info.rate_limits.as_slice()).unwrap_or_default()
    }

    /// What the provider says of the answer besides, if this piece says something.
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

    /// Text, reasoning, a refusal, a call or any other block is content. The rest is not: services
    /// send the id, the name of the model and a first count of tokens before the model begins, and
    /// may still fail then; the Responses API says that it stopped before it says why it failed.
    fn has_content(&self) -> bool {
        self.blocks().iter().any(BlockChunk::has_content)
            || self.info().is_some_and(AnswerDetails::has_content)
    }
}

impl Chunked for AiMessage {
    type Chunk = AiMessageChunk;

    fn into_chunk(self) -> AiMessageChunk {
        // Counted, so that two blocks of one kind stay two when the pieces are merged.
        let counted = self.content.len() > 1;
        let blocks = (0..).zip(self.content).map(|(index, block)| match counted {
            true => BlockChunk::from(block).with_index(index),
            false => block.into(),
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
