//! The parser of a JSON number.

use serde_json::{Number, Value};

/// The part of a number that has been received.
#[derive(Debug)]
pub(super) struct PartialNumber {
    text: String,
    /// The length of the longest prefix that is a valid number. For example, it is 1 for `3.`.
    valid: usize,
    part: Part,
}

/// The part of the JSON number grammar to which the last character belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    ESign,
    Exponent,
}

impl PartialNumber {
    /// Starts a number, or returns `None` if a number cannot start with this character.
    pub(super) fn begin(c: char) -> Option<Self> {
        let part = match c {
            '-' => Part::Minus,
            '0' => Part::Zero,
            '1'..='9' => Part::Whole,
            _ => return None,
        };
        let valid = usize::from(part != Part::Minus);
        Some(Self { text: c.into(), valid, part })
    }

    /// Reads a character. Returns `true` if the number ended before this character.
    pub(super) fn push(&mut self, c: char) -> bool {
        use Part::{E, ESign, Exponent, Fraction, Minus, Point, Whole, Zero};
        let part = match (self.part, c) {
            (Minus, '0') => Zero,
            (Minus, '1'..='9') | (Whole, '0'..='9') => Whole,
            (Zero | Whole, '.') => Point,
            (Point | Fraction, '0'..='9') => Fraction,
            (Zero | Whole | Fraction, 'e' | 'E') => E,
            (E, '+' | '-') => ESign,
            (E | ESign | Exponent, '0'..='9') => Exponent,
            _ => return true,
        };
        self.part = part;
        self.text.push(c);
        if matches!(part, Zero | Whole | Fraction | Exponent) {
            self.valid = self.text.len();
        }
        false
    }

    /// Returns the length of the longest prefix that is a valid number.
    pub(super) fn digits(&self) -> usize {
        self.valid
    }

    /// Returns the value of the longest prefix that is a valid number.
    pub(super) fn so_far(&self) -> Option<Value> {
        self.text[..self.valid].parse::<Number>().ok().map(Value::Number)
    }

    pub(super) fn finish(&self) -> Result<Value, String> {
        let text = &self.text;
        if self.valid < text.len() {
            return Err(format!("incomplete number `{text}`"));
        }
        self.so_far().ok_or_else(|| format!("number `{text}` is out of range"))
    }
}
