//! Decodes a text, so that a secret in the text is found in any encoding.

/// The bytes of a text that may belong to a secret, each with its position in the text.
///
/// White space and control characters are left out, because messages may lose them, and because
/// base64 is often broken into lines. Zero bytes are left out as well, so that UTF-16 is decoded in
/// the same way as ASCII.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoded {
    bytes: Vec<Byte>,
}

/// A decoded byte, and the range of the original text that encodes it.
#[derive(Clone, Copy, Debug)]
struct Byte {
    byte: u8,
    start: usize,
    end: usize,
}

/// A text in the form in which it is searched: in lower case, and with the two base64 alphabets
/// mapped to one.
pub(super) struct Searched {
    pub(super) bytes: Vec<u8>,
    /// For each byte, the range of the original text that encodes it.
    spans: Vec<(usize, usize)>,
}

impl Searched {
    /// Returns the range of the original text that encodes the bytes `start..end`.
    pub(super) fn span(&self, start: usize, end: usize) -> (usize, usize) {
        (self.spans[start].0, self.spans[end - 1].1)
    }
}

/// Returns the byte in the form in which it is searched, or `None` if it is ignored.
pub(super) fn folded(byte: u8) -> Option<u8> {
    match byte {
        b'\\' | b'"' => None,
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'!'..=b'~' | 0x80.. => Some(byte.to_ascii_lowercase()),
        _ => None,
    }
}

impl Decoded {
    /// Creates the form of a text in which no escapes are decoded yet.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut decoded = Self { bytes: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while at < text.len() {
            // A control character that takes two bytes in UTF-8 is left out like the other control
            // characters.
            if matches!(text[at..], [0xC2, 0x80..=0x9F, ..]) {
                at += 2;
                continue;
            }
            decoded.push(text[at], at, at + 1);
            at += 1;
        }
        decoded
    }

    fn push(&mut self, byte: u8, start: usize, end: usize) {
        if byte > b' ' && byte != 0x7F {
            self.bytes.push(Byte { byte, start, end });
        }
    }

    /// Decodes one level of escapes. Returns `None` if the text contains no escapes.
    pub(super) fn unescaped(&self) -> Option<Self> {
        let mut unescaped = Self { bytes: Vec::with_capacity(self.bytes.len()) };
        let (mut at, mut found) = (0, false);
        while let Some(byte) = self.bytes.get(at) {
            let escape = match byte.byte {
                b'\\' => self.backslash(at + 1),
                b'%' => self.percent(at + 1),
                b'&' => self.entity(at + 1),
                _ => None,
            };
            let Some((code, next)) = escape else {
                unescaped.bytes.push(*byte);
                at += 1;
                continue;
            };
            found = true;
            let end = self.bytes[next - 1].end;
            match code {
                Code::Byte(decoded) => unescaped.push(decoded, byte.start, end),
                Code::Letter(letter) => {
                    for decoded in letter.encode_utf8(&mut [0; 4]).bytes() {
                        unescaped.push(decoded, byte.start, end);
                    }
                }
            }
            at = next;
        }
        found.then_some(unescaped)
    }

    pub(super) fn searched(&self) -> Searched {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut spans = Vec::with_capacity(self.bytes.len());
        for byte in &self.bytes {
            if let Some(folded) = folded(byte.byte) {
                bytes.push(folded);
                spans.push((byte.start, byte.end));
            }
        }
        Searched { bytes, spans }
    }

    fn at(&self, at: usize) -> Option<u8> {
        Some(self.bytes.get(at)?.byte)
    }

    /// Parses `digits` hexadecimal digits at this position, and returns their value.
    fn hex(&self, at: usize, digits: usize) -> Option<u32> {
        let mut number = 0;
        for byte in self.bytes.get(at..at + digits)? {
            number = number * 16 + char::from(byte.byte).to_digit(16)?;
        }
        Some(number)
    }

    /// Decodes a backslash escape of JSON or of most programming languages.
    fn backslash(&self, at: usize) -> Option<(Code, usize)> {
        match self.at(at)? {
            b'u' | b'U' if self.at(at + 1) == Some(b'{') => {
                let (number, end) = self.number(at + 2, 16, b'}')?;
                Some((Code::letter(number)?, end))
            }
            b'u' | b'U' => Some((Code::letter(self.hex(at + 1, 4)?)?, at + 5)),
            b'x' | b'X' => Some((Code::byte(self.hex(at + 1, 2)?), at + 3)),
            byte @ (b'/' | b'\\' | b'"' | b'\'') => Some((Code::Byte(byte), at + 1)),
            b'n' | b't' | b'r' | b'b' | b'f' => Some((Code::Byte(b' '), at + 1)),
            _ => None,
        }
    }

    fn percent(&self, at: usize) -> Option<(Code, usize)> {
        match self.at(at)? {
            b'u' | b'U' => Some((Code::letter(self.hex(at + 1, 4)?)?, at + 5)),
            _ => Some((Code::byte(self.hex(at, 2)?), at + 2)),
        }
    }

    /// Decodes an HTML entity that can occur in a key.
    fn entity(&self, at: usize) -> Option<(Code, usize)> {
        if self.at(at)? == b'#' {
            let (at, radix) = match self.at(at + 1)? {
                b'x' | b'X' => (at + 2, 16),
                _ => (at + 1, 10),
            };
            let (number, end) = self.number(at, radix, b';')?;
            return Some((Code::letter(number)?, end));
        }
        const NAMES: [(&[u8], u8); 16] = [
            (b"amp;", b'&'),
            (b"lt;", b'<'),
            (b"gt;", b'>'),
            (b"quot;", b'"'),
            (b"apos;", b'\''),
            (b"hyphen;", b'-'),
            (b"dash;", b'-'),
            (b"lowbar;", b'_'),
            (b"period;", b'.'),
            (b"plus;", b'+'),
            (b"sol;", b'/'),
            (b"equals;", b'='),
            (b"colon;", b':'),
            (b"num;", b'#'),
            (b"percnt;", b'%'),
            (b"bsol;", b'\\'),
        ];
        NAMES.into_iter().find_map(|(name, byte)| {
            let end = at + name.len();
            let letters =
                self.bytes.get(at..end)?.iter().map(|byte| byte.byte.to_ascii_lowercase());
            letters.eq(name.iter().copied()).then_some((Code::Byte(byte), end))
        })
    }

    /// Parses the number at this position. Returns it, and the position after its terminator.
    fn number(&self, at: usize, radix: u32, end: u8) -> Option<(u32, usize)> {
        const LONGEST: usize = 8;
        let mut number = 0_u32;
        for next in at..at + LONGEST {
            match self.at(next)? {
                byte if byte == end && next > at => return Some((number, next + 1)),
                byte => {
                    let digit = char::from(byte).to_digit(radix)?;
                    number = number.checked_mul(radix)?.checked_add(digit)?;
                }
            }
        }
        None
    }
}

/// The decoded value of an escape.
enum Code {
    Byte(u8),
    Letter(char),
}

impl Code {
    fn byte(number: u32) -> Self {
        Self::Byte(u8::try_from(number).unwrap_or_default())
    }

    fn letter(number: u32) -> Option<Self> {
        char::from_u32(number).map(Self::Letter)
    }
}
