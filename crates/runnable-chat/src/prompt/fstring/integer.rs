//! Formats integers as Python does.

use super::{
    format_spec::FormatSpec,
    padding::{NumberText, padded, padded_number},
};

/// Formats an integer. `spec.kind` is not the type of a float.
pub(super) fn formatted_integer(number: i128, spec: &FormatSpec) -> Result<String, String> {
    let kind = spec.kind.unwrap_or('d');
    if spec.precision.is_some() {
        return Err(format!("a precision needs the type `f`, `e`, `g` or `%`, found `{kind}`"));
    }
    if spec.no_negative_zero {
        return Err(format!("the flag `z` needs the type `f`, `e`, `g` or `%`, found `{kind}`"));
    }
    if spec.grouping.is_some() && matches!(kind, 'c' | 'n')
        || spec.grouping == Some(',') && matches!(kind, 'b' | 'o' | 'x' | 'X')
    {
        return Err(format!("the type `{kind}` does not support this separator of thousands"));
    }
    let magnitude = number.unsigned_abs();
    let (prefix, digits) = match kind {
        'b' => ("0b", format!("{magnitude:b}")),
        'o' => ("0o", format!("{magnitude:o}")),
        'x' => ("0x", format!("{magnitude:x}")),
        'X' => ("0X", format!("{magnitude:X}")),
        'c' => return formatted_character(number, spec),
        _ => ("", magnitude.to_string()),
    };
    let text = NumberText {
        is_negative: number < 0,
        prefix: if spec.alternate { prefix } else { "" },
        digits,
        rest: String::new(),
        group: if prefix.is_empty() { 3 } else { 4 },
    };
    Ok(padded_number(&text, spec))
}

/// Formats a code point as its character.
fn formatted_character(number: i128, spec: &FormatSpec) -> Result<String, String> {
    if spec.sign.is_some() || spec.alternate {
        return Err("the type `c` supports neither a sign nor `#`".to_owned());
    }
    let character = u32::try_from(number).ok().and_then(char::from_u32);
    let character = character.ok_or_else(|| format!("{number} is not a character"))?;
    let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' });
    // A character is a number to Python, so it is aligned to the right.
    Ok(padded(&character.to_string(), fill, spec.align.unwrap_or('>'), spec.width))
}
