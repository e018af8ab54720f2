//! A text in quotes.

use std::mem;

/// A text in quotes, as far as it came: without the quotes, and without a half escape.
#[derive(Debug, Default)]
pub(super) struct Quoted {
    text: String,
    escape: Escape,
    /// The first half of a character that is written as two: `\ud83d\ude00`.
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

    /// Reads a character after the first quote, and tells whether it was the last one.
    ///
    /// Control characters stand for themselves, though JSON wants them escaped: models write line
    /// breaks as they are.
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
                    return Err(format!("`\\u` wants four hexadecimal digits, and `{c}` is none"));
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

    /// Half a character that the other half does not follow. Text cannot have it.
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
        _ => return Err(format!("`\\{c}` means nothing in a text: a backslash is `\\\\`")),
    })
}
