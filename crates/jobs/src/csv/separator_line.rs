//! [`separator_line`]: the line with which a spreadsheet states the delimiter of a CSV file.

use std::io::{self, BufRead, Chain, Cursor, Read};

use super::delimiter::delimiter;

/// A file whose beginning was read.
pub(crate) type Begun<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads a first line such as `sep=;`, which Excel writes and reads. Returns the delimiter, and the
/// file without the characters of this line. The line break stays, so that lines are counted.
///
/// If the first line is another one, returns `None` and the complete file.
pub(crate) fn separator_line<R: BufRead>(mut text: R) -> io::Result<(Option<u8>, Begun<R>)> {
    let mut start = Vec::new();
    // Read single bytes, because a pipe may contain no more than the first line yet.
    while can_continue(&start) && text.by_ref().take(1).read_to_end(&mut start)? == 1 {}
    let stated = match start[..] {
        [b's', b'e', b'p', b'=', byte, b'\r' | b'\n'] => delimiter(char::from(byte)).ok(),
        _ => None,
    };
    if stated.is_some() {
        start.drain(.."sep=;".len());
    }
    Ok((stated, Cursor::new(start).chain(text)))
}

/// Returns whether more bytes are needed to recognize the line.
fn can_continue(start: &[u8]) -> bool {
    match start.len() {
        0..=4 => b"sep=".starts_with(start),
        length => length == 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<u8>, String) {
        let (delimiter, mut rest) = separator_line(text.as_bytes()).expect("the text is in memory");
        let mut read = String::new();
        rest.read_to_string(&mut read).expect("the text is valid");
        (delimiter, read)
    }

    #[test]
    fn a_line_with_a_delimiter_is_removed() {
        assert_eq!(read("sep=;\r\nid"), (Some(b';'), "\r\nid".to_owned()));
        assert_eq!(read("sep=\t\nid"), (Some(b'\t'), "\nid".to_owned()));
    }

    #[test]
    fn other_lines_stay() {
        for text in ["", "s", "sep=", "sep=;", "sep=;;\n", "sep=\"\n", "sep=\n\n", "id;text\n"] {
            assert_eq!(read(text), (None, text.to_owned()));
        }
    }
}
