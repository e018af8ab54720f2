//! [`delimiter`]: the character between two fields.

use runnable_core::{Error, ErrorKind, Result};

/// Returns the byte of a delimiter.
///
/// # Errors
///
/// Returns an error if the character cannot be a delimiter.
pub(crate) fn delimiter(char: char) -> Result<u8> {
    let byte = u8::try_from(char).ok().filter(u8::is_ascii);
    byte.filter(|byte| !matches!(byte, b'"' | b'\r' | b'\n')).ok_or_else(|| {
        let message = format!(
            "invalid delimiter {char:?}: expected an ASCII character, and neither a quote nor a line \
             break"
        );
        Error::new(ErrorKind::InvalidInput, message)
    })
}
