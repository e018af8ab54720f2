//! Converts the bytes of tokens to text, without splitting characters and without returning parts
//! of a stop string.

/// Converts bytes to text incrementally. A token may end inside a character. The bytes of an
/// incomplete character are stored until the rest of the character arrives.
#[derive(Default)]
pub(crate) struct Utf8Decoder {
    tail: Vec<u8>,
}

impl Utf8Decoder {
    /// Adds bytes, and returns the text that is now complete. Invalid bytes become U+FFFD.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.tail.extend_from_slice(bytes);
        let tail = std::mem::take(&mut self.tail);
        let mut text = String::new();
        let mut rest = tail.as_slice();
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return text;
                }
                Err(error) => error,
            };
            let (valid, invalid) = rest.split_at(error.valid_up_to());
            text.push_str(&String::from_utf8_lossy(valid));
            match error.error_len() {
                Some(length) => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = invalid.get(length..).unwrap_or_default();
                }
                None => {
                    self.tail = invalid.to_owned();
                    return text;
                }
            }
        }
    }

    /// Returns the remaining text at the end of the input: U+FFFD if the last character is
    /// truncated, and nothing otherwise.
    pub(crate) fn finish(&mut self) -> String {
        if std::mem::take(&mut self.tail).is_empty() {
            String::new()
        } else {
            char::REPLACEMENT_CHARACTER.to_string()
        }
    }
}

/// Truncates a text before the first stop string in it. The text arrives in parts.
pub(crate) struct StopWords {
    words: Vec<String>,
    held: String,
    stopped: bool,
}

impl StopWords {
    /// Creates a filter for the stop strings `words`. Empty strings are ignored, because they would
    /// stop every text.
    pub(crate) fn new(words: &[String]) -> Self {
        let words = words.iter().filter(|word| !word.is_empty()).cloned().collect();
        Self { words, held: String::new(), stopped: false }
    }

    /// Adds a part of the text, and returns the text that is certainly before the first stop
    /// string. The end of the text is held back while it may be the start of a stop string.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        if self.stopped {
            return String::new();
        }
        self.held.push_str(piece);
        let first_match = self.first_match();
        let possible_start = self.possible_start();
        match first_match {
            // Stop only if no other stop string that starts earlier can still be completed.
            Some(at) if possible_start.is_none_or(|possible_start| at <= possible_start) => {
                self.stop_at(at)
            }
            _ => self.release(possible_start.unwrap_or(self.held.len())),
        }
    }

    /// Returns whether a stop string was found.
    pub(crate) fn stopped(&self) -> bool {
        self.stopped
    }

    /// Returns the text that is still held back when the text has ended.
    pub(crate) fn finish(&mut self) -> String {
        match self.first_match() {
            Some(at) => self.stop_at(at),
            None => std::mem::take(&mut self.held),
        }
    }

    fn first_match(&self) -> Option<usize> {
        self.words.iter().filter_map(|word| self.held.find(word.as_str())).min()
    }

    /// Returns the position from which the held text may be the start of a stop string, if there is
    /// one. If there are several such positions, returns the first.
    fn possible_start(&self) -> Option<usize> {
        let longest = self.words.iter().map(String::len).max()?;
        let earliest = (self.held.len() + 1).saturating_sub(longest);
        self.held.char_indices().map(|(at, _)| at).filter(|at| *at >= earliest).find(|at| {
            self.held.get(*at..).is_some_and(|end| {
                self.words.iter().any(|word| word.len() > end.len() && word.starts_with(end))
            })
        })
    }

    fn stop_at(&mut self, at: usize) -> String {
        self.stopped = true;
        let text = self.release(at);
        self.held.clear();
        text
    }

    fn release(&mut self, end: usize) -> String {
        self.held.drain(..end).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut_at_first(text: &str, words: &[String]) -> String {
        let words = words.iter().filter(|word| !word.is_empty());
        let end = words.filter_map(|word| text.find(word.as_str())).min();
        text.get(..end.unwrap_or(text.len())).unwrap_or_default().to_owned()
    }

    proptest! {
        #[test]
        fn parts_join_to_the_text_before_the_first_stop_string(
            // Use a small alphabet, so that stop strings occur often, overlap, and contain
            // characters of several bytes.
            text in "[abé😀]{0,40}",
            words in prop::collection::vec("[abé😀]{0,4}", 0..4),
            cuts in prop::collection::vec(0..6usize, 1..20),
        ) {
            let mut stops = StopWords::new(&words);
            let mut decoder = Utf8Decoder::default();
            let mut seen = String::new();
            let mut rest = text.as_bytes();
            for cut in cuts.iter().cycle().map(|cut| cut + 1) {
                if rest.is_empty() { break }
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                seen += &stops.push(&decoder.push(piece));
                rest = left;
            }
            seen += &stops.push(&decoder.finish());
            seen += &stops.finish();
            prop_assert_eq!(&seen, &cut_at_first(&text, &words));
            prop_assert_eq!(stops.stopped(), seen != text);
        }

        #[test]
        fn bytes_decode_as_in_the_standard_library(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            size in 1..5usize,
        ) {
            let mut decoder = Utf8Decoder::default();
            let mut text: String = bytes.chunks(size).map(|piece| decoder.push(piece)).collect();
            text += &decoder.finish();
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn text_that_only_resembles_a_stop_string_is_returned() {
        let mut stops = StopWords::new(&["\n\nUser:".to_owned()]);
        assert_eq!(stops.push("Hello\n"), "Hello");
        assert_eq!(stops.push("\nUse"), "");
        assert_eq!(stops.push("ful"), "\n\nUseful");
        assert_eq!(stops.push("!\n\nUser: and"), "!");
        assert!(stops.stopped());
        assert_eq!(stops.push("more") + &stops.finish(), "");
    }
}
