//! What is known of a model by its name.

/// What is known of a model by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// A Claude of this version. One whose name tells none is newer than all that are known here.
    Claude { version: (u32, u32), opus: bool },
    /// Another model, behind a gateway.
    Other,
}

impl Family {
    /// Reads names such as `claude-sonnet-4-5-20250929`, `claude-3-7-sonnet-latest`, and those of
    /// gateways and clouds: `anthropic/claude-haiku-4.5`, `us.anthropic.claude-opus-4-1-20250805-v1:0`,
    /// `claude-opus-4@20250514`.
    pub(super) fn of(model: &str) -> Self {
        let Some((_, name)) = model.rsplit_once("claude-") else { return Self::Other };
        let words = || name.split(['-', '.', '@', ':']);
        // A date is no version.
        let mut numbers =
            words().take_while(|word| word.len() < 8).filter_map(|word| word.parse::<u32>().ok());
        let version = match numbers.next() {
            Some(major) => (major, numbers.next().unwrap_or_default()),
            None => (u32::MAX, 0),
        };
        Self::Claude { version, opus: words().any(|word| word == "opus") }
    }

    /// The most tokens of an answer if nobody says how many: the API wants a number. For a Claude
    /// it is the most that the model can give, so that nothing is cut short without need.
    pub(super) fn max_tokens(self) -> u64 {
        match self {
            Self::Claude { version: (0..=2, _) | (3, 0), .. } => 4_096,
            Self::Claude { version: (3, 1..=5), .. } => 8_192,
            Self::Claude { version: (4, 0..=1), opus: true } => 32_000,
            Self::Claude { .. } => 64_000,
            Self::Other => 8_192,
        }
    }

    /// Whether the model itself finds out how long to think, and is told only how much effort to
    /// make.
    pub(super) fn adapts(self) -> bool {
        matches!(self, Self::Claude { version, .. } if version >= (4, 6))
    }

    /// Whether the model can be told to the token how long to think, as those could that came before
    /// [Claude Opus 4.7](https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-adaptive-thinking.html).
    pub(super) fn keeps_budgets(self) -> bool {
        !matches!(self, Self::Claude { version, .. } if version >= (4, 7))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_makes_are_read() {
        let claude = |major, minor, opus| Family::Claude { version: (major, minor), opus };
        let expected = [
            ("claude-3-opus-20240229", claude(3, 0, true)),
            ("claude-3-5-haiku-latest", claude(3, 5, false)),
            ("claude-sonnet-4-20250514", claude(4, 0, false)),
            ("claude-opus-4@20250514", claude(4, 0, true)),
            ("claude-sonnet-4-5-20250929", claude(4, 5, false)),
            ("anthropic/claude-haiku-4.5", claude(4, 5, false)),
            ("us.anthropic.claude-opus-4-1-20250805-v1:0", claude(4, 1, true)),
            ("claude-fable-5", claude(5, 0, false)),
            ("anthropic.claude-mythos-preview", claude(u32::MAX, 0, false)),
            ("kimi-k2-0905", Family::Other),
        ];
        for (name, family) in expected {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }
}
