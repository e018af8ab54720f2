//! The parser of a JSON string.

use std::mem;

/// The part of a string that has been received, without quotes and without an incomplete escape.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    text: String,
    escape: Escape,
    /// The high surrogate of a surrogate pair such as `\ud83d\ude00`. It is stored until the low
    /// surrogate arrives.
    high: Option<u16>,
}

#[derive(Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    Unicode {
        digits: u8,
        unit: u16,
    },
}

impl Quoted {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn take(&mut self) -> String {
        mem::take(&mut self.text)
    }

    /// Reads the next character after the opening quote. Returns `true` if the character is the
    /// closing quote.
    ///
    /// Unescaped control characters are accepted, although JSON forbids them. Models often write
    /// line breaks in strings without escaping them.
    pub(super) fn push(&mut self, c: char) -> Result<bool, String> {
        match (&self.escape, c) {
            (Escape::None, '\\') => self.escape = Escape::Begun,
            (Escape::None, '"') => {
                self.end_half();
                return Ok(true);
            }
            (Escape::None, _) => self.add(c),
            (Escape::Begun, 'u') => self.escape = Escape::Unicode { digits: 0, unit: 0 },
            (Escape::Begun, _) => {
                self.add(escaped(c)?);
                self.escape = Escape::None;
            }
            (Escape::Unicode { digits, unit }, _) => {
                let Some(digit) = c.to_digit(16) else {
                    return Err(format!(
                        "invalid escape: `\\u` requires four hexadecimal digits, found `{c}`"
                    ));
                };
                let (digits, unit) = (digits + 1, unit << 4 | digit as u16);
                self.escape = Escape::Unicode { digits, unit };
                if digits == 4 {
                    self.escape = Escape::None;
                    self.add_unit(unit);
                }
            }
        }
        Ok(false)
    }

    fn add(&mut self, c: char) {
        self.end_half();
        self.text.push(c);
    }

    fn add_unit(&mut self, unit: u16) {
        let pair = self.high.and_then(|high| char::decode_utf16([high, unit]).next());
        if let Some(Ok(both)) = pair {
            self.high = None;
            return self.text.push(both);
        }
        match char::decode_utf16([unit]).next() {
            Some(Ok(c)) => self.add(c),
            _ if (0xD800..0xDC00).contains(&unit) => {
                self.end_half();
                self.high = Some(unit);
            }
            _ => self.add(char::REPLACEMENT_CHARACTER),
        }
    }

    /// Replaces a high surrogate that no low surrogate follows by U+FFFD, because a Rust string
    /// cannot contain a single surrogate.
    fn end_half(&mut self) {
        if self.high.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

fn escaped(c: char) -> Result<char, String> {
    Ok(match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return Err(format!("invalid escape `\\{c}`; write a backslash as `\\\\`")),
    })
}
