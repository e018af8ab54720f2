//! The parser of a JSON number.

use serde_json::{Number, Value};

use crate::excerpt::head;

/// The maximum length of the part of an incomplete number that is shown. Parsing more of the number
/// for each chunk would take quadratic time.
const SHOWN: usize = 64;

/// The part of a number that has been received.
#[derive(Debug)]
pub(super) struct PartialNumber {
    text: String,
    /// The length of the longest prefix that is a valid number. For example, it is 1 for `3.`.
    valid: usize,
    /// The length of the longest prefix that is a valid number and not longer than [`SHOWN`].
    shown: usize,
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
        Some(Self { text: c.into(), valid, shown: valid, part })
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
            if self.valid <= SHOWN {
                self.shown = self.valid;
            }
        }
        false
    }

    /// Returns the value of the part that is shown while the number is incomplete.
    pub(super) fn so_far(&self) -> Option<Value> {
        self.value(self.shown)
    }

    fn value(&self, length: usize) -> Option<Value> {
        self.text[..length].parse::<Number>().ok().map(Value::Number)
    }

    pub(super) fn finish(&self) -> Result<Value, String> {
        let text = &self.text;
        if self.valid < text.len() {
            return Err(format!("incomplete number `{}`", head(text)));
        }
        self.value(self.valid).ok_or_else(|| format!("number `{}` is out of range", head(text)))
    }
}
