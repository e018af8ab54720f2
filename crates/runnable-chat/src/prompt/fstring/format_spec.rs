//! Parses Python's format specifications, such as `>10` or `.2f`.

use crate::excerpt::head;

/// The maximum width and precision. A larger number is probably an error, and would need much
/// memory.
const MAX_SIZE: usize = 10_000;

/// A format specification of Python: `[[fill]align][sign][z][#][0][width][grouping][.precision]
/// [type]`. The default leaves the value unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FormatSpec {
    pub(super) fill: Option<char>,
    /// One of `<`, `>`, `=` and `^`.
    pub(super) align: Option<char>,
    /// One of `+`, `-` and a space.
    pub(super) sign: Option<char>,
    /// The flag `z`: a negative zero is written without its sign.
    pub(super) no_negative_zero: bool,
    /// The flag `#`: the prefix of a number system, or a decimal point, is always written.
    pub(super) alternate: bool,
    /// The flag `0`: numbers are filled with zeros after their sign.
    pub(super) zero: bool,
    pub(super) width: usize,
    /// The separator of thousands: `,` or `_`.
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    /// The type of presentation, such as `d` or `f`.
    pub(super) kind: Option<char>,
}

impl FormatSpec {
    /// Returns whether the format leaves the value unchanged.
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Parses the text after the colon.
    ///
    /// The error is the reason for the user.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.contains('{') {
            return Err("nested variables are not supported; write the number".to_owned());
        }
        let is_align = |c: &char| matches!(c, '<' | '>' | '=' | '^');
        let mut spec = Self::default();
        let mut rest = text;
        let mut start = text.chars();
        match (start.next(), start.next().filter(is_align)) {
            (Some(fill), Some(align)) => {
                (spec.fill, spec.align) = (Some(fill), Some(align));
                rest = start.as_str();
            }
            (Some(align), None) if is_align(&align) => {
                spec.align = Some(align);
                rest = &rest[1..];
            }
            _ => {}
        }
        spec.sign = take_one(&mut rest, |c| matches!(c, '+' | '-' | ' '));
        spec.no_negative_zero = take_one(&mut rest, |c| c == 'z').is_some();
        spec.alternate = take_one(&mut rest, |c| c == '#').is_some();
        if spec.fill.is_none() {
            spec.zero = take_one(&mut rest, |c| c == '0').is_some();
        }
        spec.width = take_number(&mut rest)?.unwrap_or(0);
        spec.grouping = take_one(&mut rest, |c| matches!(c, ',' | '_'));
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            let precision = take_number(&mut rest)?;
            spec.precision = Some(precision.ok_or("expected a precision after `.`")?);
        }
        spec.kind = take_one(&mut rest, |c| "bcdeEfFgGnosxX%".contains(c));
        if rest.is_empty() {
            Ok(spec)
        } else {
            let (rest, text) = (head(rest), head(text));
            Err(format!(
                "unexpected `{rest}` in `{text}`; expected a format of Python, such as `.2f`"
            ))
        }
    }
}

/// Removes the first character of `rest` if it matches, and returns it.
fn take_one(rest: &mut &str, matches: impl Fn(char) -> bool) -> Option<char> {
    let first = rest.chars().next().filter(|c| matches(*c))?;
    *rest = &rest[first.len_utf8()..];
    Some(first)
}

/// Removes the digits at the start of `rest`, and returns their number.
fn take_number(rest: &mut &str) -> Result<Option<usize>, String> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.parse().ok().filter(|number| *number <= MAX_SIZE);
    number
        .map(Some)
        .ok_or_else(|| format!("`{}` is too large; use at most {MAX_SIZE}", head(digits)))
}
