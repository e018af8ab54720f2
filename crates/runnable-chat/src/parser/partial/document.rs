//! The parser of a JSON document that arrives in chunks.

use std::mem;

use serde_json::Value;

use super::{
    KnownJson, PartialNumber, Quoted,
    known::{Parts, Token as Shown},
};

/// The maximum nesting depth of values. It equals the limit of serde_json.
const MAX_DEPTH: usize = 128;

/// An incremental parser of a JSON document.
///
/// The parser keeps a stack of the open containers, so it reads each character only once.
/// [`KnownJson`] is a snapshot of the document so far. A snapshot is converted to a JSON value only
/// when a reader needs the value.
#[derive(Debug)]
pub(in crate::parser) struct PartialJson {
    parts: Parts,
    /// The open containers, outermost first.
    open: Vec<Open>,
    token: Token,
    expected: Expected,
    /// Whether the document is `null`.
    null: bool,
    /// Whether the document has changed since the last call of [`take_update`](Self::take_update).
    /// Changes of an incomplete number are not included.
    changed: bool,
    /// The value of the incomplete number that the last call of `take_update` returned.
    shown_number: Option<Value>,
}

#[derive(Debug)]
struct Open {
    /// The index of this container in [`Parts`].
    part: usize,
    is_object: bool,
    /// The key of the member whose value is being read.
    key: Option<String>,
}

#[derive(Debug)]
enum Token {
    None,
    Key(Quoted),
    /// A string. The field contains only the characters that were read since the last update.
    Text(Quoted),
    Number(PartialNumber),
    /// The word `true`, `false` or `null`, and the number of its characters that have been read.
    Word(&'static str, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Value,
    FirstItem,
    FirstKey,
    Key,
    Colon,
    Comma,
    End,
}

impl PartialJson {
    pub(in crate::parser) fn new() -> Self {
        Self {
            parts: Parts::default(),
            open: Vec::new(),
            token: Token::None,
            expected: Expected::Value,
            null: false,
            changed: false,
            shown_number: None,
        }
    }

    /// Returns `true` if the document is complete.
    pub(in crate::parser) fn is_complete(&self) -> bool {
        self.expected == Expected::End
    }

    /// Reads the next character of the document.
    ///
    /// The error is a message for the user. After an error, the document up to this character is
    /// still available.
    pub(in crate::parser) fn push(&mut self, c: char) -> Result<(), String> {
        let ended = match &mut self.token {
            Token::None => return self.between(c),
            Token::Key(quoted) => quoted.push(c)?,
            Token::Text(quoted) => {
                let known = quoted.text().len();
                let ended = quoted.push(c)?;
                self.changed |= quoted.text().len() > known;
                ended
            }
            Token::Number(number) => {
                if number.push(c) {
                    self.end_token()?;
                    return self.between(c);
                }
                false
            }
            Token::Word(word, read) if word[*read..].starts_with(c) => {
                *read += 1;
                *read == word.len()
            }
            Token::Word(word, read) => {
                let found = &word[..*read];
                return Err(format!("invalid value `{found}{c}`; did you mean `{word}`?"));
            }
        };
        if ended { self.end_token() } else { Ok(()) }
    }

    /// Returns the document so far, if it has changed since the previous call.
    pub(in crate::parser) fn take_update(&mut self) -> Option<KnownJson> {
        let mut shown = Shown::None;
        match &mut self.token {
            Token::Text(quoted) => {
                let mut parts = self.parts.grow();
                parts.extend_text(&quoted.take());
                shown = Shown::Text(parts.text_len());
            }
            Token::Number(number) => {
                // The value shows whether the number has changed: `1.0` equals `1`.
                let so_far = number.so_far();
                self.changed |= so_far != self.shown_number;
                self.shown_number = so_far;
                if let Some(number) = &self.shown_number {
                    let key = self.open.last().and_then(|open| open.key.clone());
                    shown = Shown::Number(key.unwrap_or_default(), number.clone());
                }
            }
            Token::None | Token::Key(_) | Token::Word(..) => (),
        }
        // A document that is `null` has no content, so there is no update for it.
        let changed = mem::take(&mut self.changed) && !self.null;
        changed.then(|| self.known(shown))
    }

    fn known(&self, shown: Shown) -> KnownJson {
        let open: Vec<_> = self.open.iter().map(|open| open.part).collect();
        self.parts.known(&open, shown)
    }

    /// Returns the document at the end of the text, or an error if the document is incomplete.
    pub(in crate::parser) fn finish(mut self) -> Result<Value, String> {
        if matches!(self.token, Token::Number(_)) {
            self.end_token()?;
        }
        if self.is_complete() {
            return Ok(self.known(Shown::None).to_value());
        }
        Err(match (&self.token, self.open.last()) {
            (Token::Key(_) | Token::Text(_), _) => "unterminated string".into(),
            (_, Some(Open { is_object: true, .. })) => "unterminated object: expected `}`".into(),
            (_, Some(_)) => "unterminated array: expected `]`".into(),
            (_, None) => "expected a value".into(),
        })
    }

    /// Reads a character that is between two tokens.
    fn between(&mut self, c: char) -> Result<(), String> {
        use Expected::{Colon, Comma, End, FirstItem, FirstKey, Key, Value};
        match (self.expected, c) {
            (_, ' ' | '\t' | '\n' | '\r') => (),
            (FirstItem, ']') | (FirstKey, '}') => self.close(),
            (Value | FirstItem, _) => return self.begin(c),
            (FirstKey | Key, '"') => self.token = Token::Key(Quoted::default()),
            (Colon, ':') => self.expected = Value,
            (Comma, _) => match (c, self.open.last()) {
                (',', Some(Open { is_object: true, .. })) => self.expected = Key,
                (',', _) => self.expected = Value,
                ('}', Some(Open { is_object: true, .. }))
                | (']', Some(Open { is_object: false, .. })) => self.close(),
                (_, Some(Open { is_object: true, .. })) => {
                    return Err("expected `,` or `}`".into());
                }
                _ => return Err("expected `,` or `]`".into()),
            },
            (Colon, _) => return Err("expected `:`".into()),
            (FirstKey, _) => return Err("expected a key in double quotes or `}`".into()),
            (Key, _) => return Err("expected a key in double quotes".into()),
            (End, _) => return Err("unexpected text after the end of the JSON".into()),
        }
        Ok(())
    }

    fn begin(&mut self, c: char) -> Result<(), String> {
        if let '{' | '[' = c {
            return self.open_container(c == '{');
        }
        self.token = match c {
            '"' => {
                let (container, key) = self.place();
                self.parts.grow().add_text(container, key);
                self.changed = true;
                Token::Text(Quoted::default())
            }
            't' => Token::Word("true", 1),
            'f' => Token::Word("false", 1),
            'n' => Token::Word("null", 1),
            _ => match PartialNumber::begin(c) {
                Some(number) => Token::Number(number),
                None => return Err("expected a value".into()),
            },
        };
        self.shown_number = None;
        Ok(())
    }

    fn open_container(&mut self, is_object: bool) -> Result<(), String> {
        if self.open.len() == MAX_DEPTH {
            return Err(format!("values are nested deeper than {MAX_DEPTH} levels"));
        }
        let (container, key) = self.place();
        let mut parts = self.parts.grow();
        let part = if is_object {
            parts.add_object(container, key)
        } else {
            parts.add_array(container, key)
        };
        drop(parts);
        self.open.push(Open { part, is_object, key: None });
        self.expected = if is_object { Expected::FirstKey } else { Expected::FirstItem };
        self.changed = true;
        Ok(())
    }

    /// Returns the place of the next value: the index of the innermost open container, and the key
    /// of the value if the container is an object.
    fn place(&mut self) -> (Option<usize>, Option<String>) {
        match self.open.last_mut() {
            Some(open) => (Some(open.part), open.key.take()),
            None => (None, None),
        }
    }

    fn end_token(&mut self) -> Result<(), String> {
        match mem::replace(&mut self.token, Token::None) {
            Token::None => (),
            Token::Key(mut quoted) => {
                if let Some(open) = self.open.last_mut() {
                    open.key = Some(quoted.take());
                }
                self.expected = Expected::Colon;
            }
            Token::Text(mut quoted) => {
                self.parts.grow().extend_text(&quoted.take());
                self.end_value();
            }
            Token::Number(number) => {
                let number = number.finish()?;
                self.changed |= self.shown_number.take().is_none_or(|shown| shown != number);
                self.add(number);
            }
            Token::Word(word, _) => {
                self.changed = true;
                self.null = word == "null" && self.open.is_empty();
                self.add(match word {
                    "true" => true.into(),
                    "false" => false.into(),
                    _ => Value::Null,
                });
            }
        }
        Ok(())
    }

    fn add(&mut self, value: Value) {
        let (container, key) = self.place();
        self.parts.grow().add_value(container, key, value);
        self.end_value();
    }

    fn close(&mut self) {
        self.open.pop();
        self.end_value();
    }

    /// Sets what the parser expects after a complete value.
    fn end_value(&mut self) {
        self.expected = if self.open.is_empty() { Expected::End } else { Expected::Comma };
    }
}
