//! Splits text into words before byte-pair encoding. Each family of vocabularies has its own
//! patterns for words. A model file contains only the name of the patterns.

use fancy_regex::Regex;

/// The pattern of GPT-2: contractions, words, numbers and punctuation, each with the space before
/// it.
const GPT2: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// A pattern that separates all digits.
const DIGIT: &str = r"\p{N}";

/// The pattern of Llama 3: words with a preceding punctuation mark, and numbers of up to three
/// digits.
const LLAMA3: &str = r"(?i:'(?:[sdmt]|ll|ve|re))|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The pattern of Qwen 2. It equals `LLAMA3`, except that all digits are separate.
const QWEN2: &str = r"(?i:'(?:[sdmt]|ll|ve|re))|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The names of the supported patterns, for error messages.
pub(super) const KNOWN: &str = "\"default\", \"gpt-2\", \"smollm\", \"llama-bpe\", \"qwen2\"";

/// Splits text into words.
pub(super) struct Words {
    /// The patterns, in the order in which they are applied. Each pattern splits the parts that the
    /// previous pattern has produced.
    patterns: Vec<Regex>,
    /// Whether a word that is a token becomes this token, even if the merges would produce several
    /// tokens.
    pub(super) whole_first: bool,
}

impl Words {
    /// Returns the patterns with this name, if they are supported. The metadata key
    /// `tokenizer.ggml.pre` contains the name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (patterns, whole_first): (&[&str], bool) = match name {
            "default" | "gpt-2" | "gpt2" => (&[GPT2], false),
            "smollm" => (&[DIGIT, GPT2], false),
            "llama-bpe" | "llama3" | "llama-v3" => (&[LLAMA3], true),
            "qwen2" | "deepseek-r1-qwen" => (&[QWEN2], false),
            _ => return None,
        };
        let compiled = patterns.iter().map(|pattern| Regex::new(pattern).ok());
        Some(Self { patterns: compiled.collect::<Option<_>>()?, whole_first })
    }

    /// Splits `text` into words, without dropping any character.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.patterns.iter().fold(vec![text], |pieces, pattern| {
            pieces.into_iter().flat_map(|piece| isolate(pattern, piece)).collect()
        })
    }
}

/// Returns the matches of a pattern and the texts between them. If the pattern fails for a text,
/// such as a megabyte of spaces, the rest of the text is one part.
fn isolate<'t>(pattern: &Regex, text: &'t str) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for found in pattern.find_iter(text).map_while(Result::ok) {
        pieces.extend(text.get(end..found.start()));
        pieces.push(found.as_str());
        end = found.end();
    }
    pieces.extend(text.get(end..));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(name: &str, text: &str) -> Vec<String> {
        let words = Words::named(name).expect("a known name");
        words.split(text).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn each_family_splits_text_by_its_own_patterns() {
        let text = "It's  2024!\n\nOK";
        assert_eq!(split("gpt-2", text), ["It", "'s", " ", " 2024", "!", "\n", "\n", "OK"]);
        assert_eq!(
            split("smollm", text),
            ["It", "'s", "  ", "2", "0", "2", "4", "!", "\n", "\n", "OK"]
        );
        assert_eq!(split("llama-bpe", text), ["It", "'s", " ", " ", "202", "4", "!\n\n", "OK"]);
        assert_eq!(split("qwen2", text), ["It", "'s", " ", " ", "2", "0", "2", "4", "!\n\n", "OK"]);
        assert!(Words::named("tekken").is_none());
    }
}
