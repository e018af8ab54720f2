//! A JSON document, as far as it came.

use std::mem;

use serde_json::Value;

use super::{
    KnownJson, PartialNumber, Quoted,
    known::{Parts, Token as Shown},
};

/// How deep values may nest: as deep as serde_json has it.
const MAX_DEPTH: usize = 128;

/// The length up to which a number is compared with what it was: `1.0` is no news after `1`. A longer
/// one counts as news whenever it grows, since to read it anew for each chunk is quadratic work.
const SHORT_NUMBER: usize = 64;

/// A JSON document, as far as it came.
///
/// Each character is looked at once: a stack holds what is open. What the document is so far is
/// [remembered](KnownJson) when it is asked for, and made into a value when that is read.
#[derive(Debug)]
pub(in crate::parser) struct PartialJson {
    parts: Parts,
    /// The containers that are open, the outermost first.
    open: Vec<Open>,
    token: Token,
    expected: Expected,
    /// Whether nothing but `null` is known.
    null: bool,
    /// Whether more is known than when it was last asked, besides the number that is being read.
    changed: bool,
    /// That number, as it then was.
    shown_number: Option<Value>,
    /// How long it then was.
    shown_digits: usize,
}

#[derive(Debug)]
struct Open {
    /// The number of the container.
    part: usize,
    is_object: bool,
    /// Of the member whose value is being read.
    key: Option<String>,
}

#[derive(Debug)]
enum Token {
    None,
    Key(Quoted),
    /// A text. What came since the last news waits here.
    Text(Quoted),
    Number(PartialNumber),
    /// `true`, `false` or `null`, and how much of it came.
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
            shown_digits: 0,
        }
    }

    /// Whether nothing more can come.
    pub(in crate::parser) fn is_whole(&self) -> bool {
        self.expected == Expected::End
    }

    /// Reads a character.
    ///
    /// The error says what is wrong with it. What was known before still is.
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
            Token::Word(word, came) if word[*came..].starts_with(c) => {
                *came += 1;
                *came == word.len()
            }
            Token::Word(word, came) => {
                return Err(format!("`{}{c}` is no value: was `{word}` meant?", &word[..*came]));
            }
        };
        if ended { self.end_token() } else { Ok(()) }
    }

    /// What is known so far, if that is more than when it was last asked.
    pub(in crate::parser) fn news(&mut self) -> Option<KnownJson> {
        let mut shown = Shown::None;
        match &mut self.token {
            Token::Text(quoted) => {
                let mut parts = self.parts.grow();
                parts.extend_text(&quoted.take());
                shown = Shown::Text(parts.text_len());
            }
            Token::Number(number) => {
                let is_long = number.digits() > SHORT_NUMBER;
                let grown =
                    mem::replace(&mut self.shown_digits, number.digits()) != number.digits();
                if !is_long || grown || self.changed {
                    let so_far = number.so_far();
                    self.changed |= so_far != self.shown_number || is_long && grown;
                    self.shown_number = so_far;
                }
                if let Some(number) = &self.shown_number {
                    let key = self.open.last().and_then(|open| open.key.clone());
                    shown = Shown::Number(key.unwrap_or_default(), number.clone());
                }
            }
            Token::None | Token::Key(_) | Token::Word(..) => (),
        }
        // Null says nothing that could be shown.
        let changed = mem::take(&mut self.changed) && !self.null;
        changed.then(|| self.known(shown))
    }

    fn known(&self, shown: Shown) -> KnownJson {
        let open: Vec<_> = self.open.iter().map(|open| open.part).collect();
        self.parts.known(&open, shown)
    }

    /// The document, if it is whole where the text ends.
    pub(in crate::parser) fn finish(mut self) -> Result<Value, String> {
        if matches!(self.token, Token::Number(_)) {
            self.end_token()?;
        }
        if self.is_whole() {
            return Ok(self.known(Shown::None).to_value());
        }
        Err(match (&self.token, self.open.last()) {
            (Token::Key(_) | Token::Text(_), _) => "a text is not closed".into(),
            (_, Some(Open { is_object: true, .. })) => "an object is not closed".into(),
            (_, Some(_)) => "a list is not closed".into(),
            (_, None) => "there is no value".into(),
        })
    }

    /// Reads a character that is outside of every token.
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
                    return Err("`,` or `}` is missing".into());
                }
                _ => return Err("`,` or `]` is missing".into()),
            },
            (Colon, _) => return Err("`:` is missing".into()),
            (FirstKey, _) => return Err("a key in double quotes, or `}`, is missing".into()),
            (Key, _) => return Err("a key in double quotes is missing".into()),
            (End, _) => return Err("there is more after the end".into()),
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
                None => return Err("a value is missing".into()),
            },
        };
        (self.shown_number, self.shown_digits) = (None, 0);
        Ok(())
    }

    fn open_container(&mut self, is_object: bool) -> Result<(), String> {
        if self.open.len() == MAX_DEPTH {
            return Err(format!("it nests deeper than {MAX_DEPTH} values"));
        }
        let (container, key) = self.place();
        let mut parts = self.parts.grow();
        let part = match is_object {
            true => parts.add_object(container, key),
            false => parts.add_array(container, key),
        };
        drop(parts);
        self.open.push(Open { part, is_object, key: None });
        self.expected = if is_object { Expected::FirstKey } else { Expected::FirstItem };
        self.changed = true;
        Ok(())
    }

    /// Where the next value stands: in the innermost container that is open, and under its key.
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

    /// A value is whole.
    fn end_value(&mut self) {
        self.expected = if self.open.is_empty() { Expected::End } else { Expected::Comma };
    }
}
