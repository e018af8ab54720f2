//! A number.

use serde_json::{Number, Value};

/// A number, as far as it came.
#[derive(Debug)]
pub(super) struct PartialNumber {
    text: String,
    /// How much of the text is a number by itself: of `3.` the `3`.
    valid: usize,
    part: Part,
}

/// What came last.
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
    /// A number that begins with this character, if one can.
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

    /// Reads a character, and tells whether the number had ended before it.
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

    /// How much of what came is a number by itself, in characters.
    pub(super) fn digits(&self) -> usize {
        self.valid
    }

    /// What the number would be if no more of it came.
    pub(super) fn so_far(&self) -> Option<Value> {
        self.text[..self.valid].parse::<Number>().ok().map(Value::Number)
    }

    pub(super) fn finish(&self) -> Result<Value, String> {
        let text = &self.text;
        if self.valid < text.len() {
            return Err(format!("`{text}` is half a number"));
        }
        self.so_far().ok_or_else(|| format!("the number {text} is out of range"))
    }
}
