//! Splits text into words before byte-pair encoding. Each family of vocabularies has its own
//! patterns, and the file contains only their name.

use fancy_regex::Regex;

/// Contractions, words, numbers and punctuation, each with the space before it.
const GPT2: &str = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// Each digit separately.
const DIGIT: &str = r"\p{N}";

/// Words with a preceding punctuation mark, and numbers of up to three digits.
const LLAMA3: &str = r"(?i:'(?:[sdmt]|ll|ve|re))|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The same as `LLAMA3`, with each digit separately.
const QWEN2: &str = r"(?i:'(?:[sdmt]|ll|ve|re))|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The supported names, for error messages.
pub(super) const KNOWN: &str = "\"default\", \"gpt-2\", \"smollm\", \"llama-bpe\", \"qwen2\"";

/// Splits text into words.
pub(super) struct Words {
    /// The patterns, each applied to the parts that the previous one has left.
    patterns: Vec<Regex>,
    /// Whether a word that is a token is used directly, even if the merges would split it.
    pub(super) whole_first: bool,
}

impl Words {
    /// Returns the splitting that `tokenizer.ggml.pre` names, if it is supported.
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

    /// Splits `text` into words. Joined, they are `text` again.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<&'t str> {
        self.patterns.iter().fold(vec![text], |pieces, pattern| {
            pieces.into_iter().flat_map(|piece| isolate(pattern, piece)).collect()
        })
    }
}

/// Returns the matches of a pattern and the texts between them. If the pattern fails for a text,
/// such as a megabyte of spaces, the rest is one part.
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
