//! Fills a text up to a width, as Python does.

use super::format_spec::FormatSpec;

/// A number as text, in the parts that a format treats differently.
#[derive(Debug, Default)]
pub(super) struct NumberText {
    pub(super) is_negative: bool,
    /// The prefix of the number system, such as `0x`.
    pub(super) prefix: &'static str,
    /// The digits before the decimal point.
    pub(super) digits: String,
    /// The decimal point, and all that follows it.
    pub(super) rest: String,
    /// The number of digits between two separators.
    pub(super) group: usize,
}

/// Adds the sign, separators and padding to a number.
pub(super) fn padded_number(number: &NumberText, spec: &FormatSpec) -> String {
    let sign = match (number.is_negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    let head = format!("{sign}{}", number.prefix);
    let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' });
    let align = spec.align.unwrap_or(if spec.zero { '=' } else { '>' });
    let is_zero_filled = align == '=' && fill == '0';
    let other = head.len() + number.rest.len();
    let digits = match spec.grouping {
        Some(separator) => {
            let width = if is_zero_filled { spec.width.saturating_sub(other) } else { 0 };
            grouped(&number.digits, separator, number.group, width)
        }
        None => number.digits.clone(),
    };
    if align == '=' {
        let padding = padding(fill, spec.width, other + digits.len());
        format!("{head}{padding}{digits}{}", number.rest)
    } else {
        padded(&format!("{head}{digits}{}", number.rest), fill, align, spec.width)
    }
}

/// Fills a text up to the width.
pub(super) fn padded(text: &str, fill: char, align: char, width: usize) -> String {
    let length = text.chars().count();
    let missing = width.saturating_sub(length);
    let before = match align {
        '<' => 0,
        '^' => missing / 2,
        _ => missing,
    };
    let padding = |count: usize| fill.to_string().repeat(count);
    format!("{}{text}{}", padding(before), padding(missing - before))
}

fn padding(fill: char, width: usize, length: usize) -> String {
    fill.to_string().repeat(width.saturating_sub(length))
}

/// Adds separators to digits, and zeros before them, until the text has the width.
fn grouped(digits: &str, separator: char, group: usize, width: usize) -> String {
    let mut reversed = String::new();
    let mut count = 0;
    let mut digits = digits.chars().rev();
    loop {
        let digit = match digits.next() {
            Some(digit) => digit,
            None if reversed.len() < width => '0',
            None => break,
        };
        if count > 0 && count % group == 0 {
            reversed.push(separator);
        }
        reversed.push(digit);
        count += 1;
    }
    reversed.chars().rev().collect()
}
