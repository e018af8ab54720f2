//! The properties of a model that follow from its name, and the default limit for the length of an
//! answer.

use runnable_chat::{ContentBlock, PromptValue, message::MediaSource};

/// The family of a model, which is known from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// A Claude model of this version. A name without a version belongs to a newer model.
    Claude { version: (u32, u32), size: Size },
    /// Another model, for example behind a gateway.
    Other,
}

/// The size of a Claude model, which together with its version determines the maximum length of an
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    Haiku,
    Opus,
    Other,
}

/// The lowest value of the default `max_tokens`.
const MIN_TOKENS: u64 = 4_096;

impl Family {
    /// Parses names such as `claude-sonnet-4-5-20250929` and `claude-3-7-sonnet-latest`, and the
    /// names of gateways and clouds, such as `anthropic/claude-haiku-4.5`,
    /// `us.anthropic.claude-opus-4-1-20250805-v1:0` and `claude-opus-4@20250514`.
    pub(super) fn of(model: &str) -> Self {
        let Some((_, name)) = model.rsplit_once("claude-") else { return Self::Other };
        let words = || name.split(['-', '.', '@', ':']);
        // Ignore the release date, which has eight digits.
        let mut numbers =
            words().take_while(|word| word.len() < 8).filter_map(|word| word.parse::<u32>().ok());
        let version = match numbers.next() {
            Some(major) => (major, numbers.next().unwrap_or_default()),
            None => (u32::MAX, 0),
        };
        let size = words().find_map(|word| match word {
            "haiku" => Some(Size::Haiku),
            "opus" => Some(Size::Opus),
            _ => None,
        });
        Self::Claude { version, size: size.unwrap_or(Size::Other) }
    }

    /// Returns the default `max_tokens` for an input of about `input` tokens. A default is needed,
    /// because the API requires the field.
    ///
    /// For a Claude model, the default is the maximum of the model, so that answers are not
    /// truncated unnecessarily: <https://platform.claude.com/docs/en/about-claude/models/overview>.
    /// For the models from Claude 3.7 to 4.1, the API rejects a request if its input and
    /// `max_tokens` together exceed the context. For models from 4.5 up, gateways reject such a
    /// request. Therefore the default is at most the context minus the input, but at least
    /// [`MIN_TOKENS`].
    ///
    /// | model | maximum | context |
    /// |---|---|---|
    /// | Claude 3 and older | 4,096 | not checked |
    /// | Claude 3.5 | 8,192 | not checked |
    /// | Claude Opus 4 and 4.1 | 32,000 | 200,000 |
    /// | Claude 3.7 to 4.5, and each Haiku from then on | 64,000 | 200,000 |
    /// | Claude 4.6 and newer | 128,000 | 1,000,000 |
    /// | Claude without a version | 64,000 | 1,000,000 |
    /// | any other | 8,192 | not known |
    pub(super) fn max_tokens(self, input: u64) -> u64 {
        let (most, context) = match self {
            Self::Claude { version: (0..=2, _) | (3, 0), .. } => (4_096, u64::MAX),
            Self::Claude { version: (3, 1..=5), .. } => (8_192, u64::MAX),
            Self::Claude { version: (4, 0..=1), size: Size::Opus } => (32_000, 200_000),
            Self::Claude { version: (..=3, _) | (4, ..=5), .. }
            | Self::Claude { size: Size::Haiku, .. } => (64_000, 200_000),
            Self::Claude { version: (u32::MAX, _), .. } => (64_000, 1_000_000),
            Self::Claude { .. } => (128_000, 1_000_000),
            Self::Other => (8_192, u64::MAX),
        };
        most.min(context.saturating_sub(input)).max(MIN_TOKENS)
    }

    /// Returns whether the model itself decides how long to think, so that a request can only state
    /// an effort.
    pub(super) fn adapts(self) -> bool {
        matches!(self, Self::Claude { version, .. } if version >= (4, 6))
    }

    /// Returns whether the model accepts an exact number of tokens for its thinking. Models before
    /// [Claude Opus
    /// 4.7](https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html)
    /// accept it.
    pub(super) fn keeps_budgets(self) -> bool {
        !matches!(self, Self::Claude { version, .. } if version >= (4, 7))
    }
}

/// Estimates, without a tokenizer, how many tokens a conversation has at most. An English token has
/// about four letters. The estimate assumes three letters per token, and for other scripts two
/// bytes per token.
pub(super) fn estimate(prompt: &PromptValue) -> u64 {
    let blocks = prompt.messages.iter().flat_map(|message| message.content());
    blocks.map(estimate_block).fold(0, u64::saturating_add)
}

/// The maximum number of tokens of an image.
const IMAGE: u64 = 1_600;

fn estimate_block(block: &ContentBlock) -> u64 {
    let bytes = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let text = |text: &str| {
        let ascii = text.bytes().filter(u8::is_ascii).count();
        bytes(ascii).div_ceil(3).saturating_add(bytes(text.len() - ascii).div_ceil(2))
    };
    match block {
        ContentBlock::Text(block) => text(&block.text),
        ContentBlock::Reasoning(block) => text(&block.reasoning),
        ContentBlock::ToolCall(call) => text(&call.args.to_string()),
        ContentBlock::Image(_) => IMAGE,
        ContentBlock::File(media) => match &media.source {
            MediaSource::Base64(data) => bytes(data.len()).div_ceil(8),
            _ => IMAGE,
        },
        ContentBlock::Other(fields) => text(&serde_json::to_string(fields).unwrap_or_default()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_of_max_tokens_leaves_room_for_the_input() {
        let most = |model, input| Family::of(model).max_tokens(input);
        for (model, alone, beside) in [
            ("claude-3-opus-20240229", 4_096, 4_096),
            ("claude-3-5-haiku-latest", 8_192, 8_192),
            ("claude-3-7-sonnet-latest", 64_000, 50_000),
            ("claude-opus-4-1", 32_000, 32_000),
            ("claude-sonnet-4-5", 64_000, 50_000),
            ("claude-opus-4-6", 128_000, 128_000),
            ("claude-sonnet-4-6", 128_000, 128_000),
            ("claude-sonnet-5", 128_000, 128_000),
            ("claude-haiku-4-5", 64_000, 50_000),
            ("claude-haiku-5", 64_000, 50_000),
            ("claude-mythos-preview", 64_000, 64_000),
            ("kimi-k2-0905", 8_192, 8_192),
        ] {
            assert_eq!((most(model, 0), most(model, 150_000)), (alone, beside), "{model}");
            assert!(most(model, u64::MAX) >= 4_096, "{model}");
        }
    }

    #[test]
    fn the_estimate_of_tokens_is_an_upper_bound() {
        // The text has 20,000 words with about 1.3 tokens each.
        let prompt = PromptValue::from("lorem ".repeat(20_000));
        assert!(estimate(&prompt) >= 26_000, "{}", estimate(&prompt));
        assert_eq!(estimate(&PromptValue::from("水".repeat(1_000))), 1_500);
    }

    #[test]
    fn model_names_of_all_services_are_parsed() {
        use Size::{Haiku, Opus, Other};
        let claude = |major, minor, size| Family::Claude { version: (major, minor), size };
        let expected = [
            ("claude-3-opus-20240229", claude(3, 0, Opus)),
            ("claude-3-5-haiku-latest", claude(3, 5, Haiku)),
            ("claude-sonnet-4-20250514", claude(4, 0, Other)),
            ("claude-opus-4@20250514", claude(4, 0, Opus)),
            ("claude-sonnet-4-5-20250929", claude(4, 5, Other)),
            ("anthropic/claude-haiku-4.5", claude(4, 5, Haiku)),
            ("us.anthropic.claude-opus-4-1-20250805-v1:0", claude(4, 1, Opus)),
            ("claude-fable-5", claude(5, 0, Other)),
            ("anthropic.claude-mythos-preview", claude(u32::MAX, 0, Other)),
            ("kimi-k2-0905", Family::Other),
        ];
        for (name, family) in expected {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }
}
