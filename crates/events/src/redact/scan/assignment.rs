//! [`Assignment`]: a name and the sign after it, as in `name=`, `name: ` and `"name":`.

use super::text::Text;

/// The longest name that is looked up.
const LONGEST_NAME: usize = 64;

/// A name, and the sign after it.
pub(super) struct Assignment<'a> {
    pub(super) name: &'a str,
    /// The position after the `=` or the `:`.
    pub(super) end: usize,
    /// Whether the sign is `=`, and not `:`.
    pub(super) is_equals: bool,
    /// Whether the name is in quotes, as in JSON.
    pub(super) is_quoted: bool,
    /// Whether the name follows a `?` or a `&`, as in a URL.
    pub(super) is_parameter: bool,
    /// Whether a space is before the sign.
    pub(super) is_spaced: bool,
}

/// Returns the assignment whose sign is at this position.
pub(super) fn assignment_at<'a>(text: &Text<'a>, sign: usize) -> Option<Assignment<'a>> {
    let (is_equals, end) = match text.at(sign)? {
        b'=' => (true, sign + 1),
        b':' => (false, sign + 1),
        b'%' if text.has_word(sign, "%3D") => (true, sign + 3),
        _ => return None,
    };
    // `==`, `!=`, `::` and `://` do not assign anything, but `=>` does.
    let after = text.at(end);
    if matches!(after, Some(b'=' | b':')) || (!is_equals && after == Some(b'/')) {
        return None;
    }
    let end = if after == Some(b'>') { end + 1 } else { end };
    let spaces = text.start_of(sign, 4, |byte| byte == b' ');
    let quote = text.start_of(spaces, 1, |byte| matches!(byte, b'"' | b'\'' | b'`'));
    let is_quoted = quote < spaces;
    let name_end = if is_quoted { text.start_of(quote, 8, |byte| byte == b'\\') } else { spaces };
    let mut start = text.start_of(name_end, LONGEST_NAME, is_of_name);
    let is_parameter = match text.before(start, 1) {
        Some(b'?' | b'&') => true,
        // In HTML, `&` is `&amp;`.
        Some(b';') => text.before(start, 2) == Some(b'p') && text.before(start, 5) == Some(b'&'),
        // In a parameter, `?` and `&` are escapes, whose digits look like a part of the name.
        Some(b'%') => {
            let is_sign = text.has_word(start, "3F") || text.has_word(start, "26");
            start = name_end.min(start + 2);
            is_sign
        }
        _ => false,
    };
    let name = text.part(start..name_end);
    let is_spaced = spaces < sign;
    (!name.is_empty()).then_some(Assignment {
        name,
        end,
        is_equals,
        is_quoted,
        is_parameter,
        is_spaced,
    })
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}
