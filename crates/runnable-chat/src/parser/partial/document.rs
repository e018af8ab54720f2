//! A JSON document, as far as it came.

use std::mem;

use serde_json::{Map, Value};

use super::{PartialNumber, Quoted};

/// How deep values may nest: as deep as serde_json has it.
const MAX_DEPTH: usize = 128;

/// A JSON document, as far as it came.
///
/// Each character is looked at once: a stack holds what is open. What the whole is so far is
/// cloned when it is asked for.
#[derive(Debug)]
pub(in crate::parser) struct PartialJson {
    /// What is open, the outermost first.
    open: Vec<Open>,
    token: Token,
    expected: Expected,
    root: Option<Value>,
    /// Whether more is known than when it was last asked, besides the number that is being read.
    changed: bool,
    /// That number, as it then was.
    shown_number: Option<Value>,
}

#[derive(Debug)]
enum Open {
    Object {
        members: Map<String, Value>,
        /// Of the member whose value is being read.
        key: Option<String>,
    },
    Array(Vec<Value>),
}

#[derive(Debug)]
enum Token {
    None,
    Key(Quoted),
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
        let (token, expected) = (Token::None, Expected::Value);
        let (open, root, changed, shown_number) = (Vec::new(), None, false, None);
        Self { open, token, expected, root, changed, shown_number }
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
    pub(in crate::parser) fn news(&mut self) -> Option<Value> {
        if let Token::Number(number) = &self.token {
            let number = number.so_far();
            self.changed |= number != self.shown_number;
            self.shown_number = number;
        }
        if mem::take(&mut self.changed) { self.so_far() } else { None }
    }

    /// The document, if it is whole where the text ends.
    pub(in crate::parser) fn finish(mut self) -> Result<Value, String> {
        if matches!(self.token, Token::Number(_)) {
            self.end_token()?;
        }
        self.root.ok_or_else(|| match (&self.token, self.open.last()) {
            (Token::Key(_) | Token::Text(_), _) => "a text is not closed".into(),
            (_, Some(Open::Object { .. })) => "an object is not closed".into(),
            (_, Some(Open::Array(_))) => "a list is not closed".into(),
            (_, None) => "there is no value".into(),
        })
    }

    fn so_far(&self) -> Option<Value> {
        if self.root.is_some() {
            return self.root.clone();
        }
        let token = match &self.token {
            Token::Text(quoted) => Some(quoted.text().into()),
            Token::Number(number) => number.so_far(),
            Token::None | Token::Key(_) | Token::Word(..) => None,
        };
        self.open.iter().rev().fold(token, |inner, open| Some(open.with(inner)))
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
                (',', Some(Open::Object { .. })) => self.expected = Key,
                (',', _) => self.expected = Value,
                ('}', Some(Open::Object { .. })) | (']', Some(Open::Array(_))) => self.close(),
                (_, Some(Open::Object { .. })) => return Err("`,` or `}` is missing".into()),
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
        let (open, expected) = match c {
            '{' => (Open::Object { members: Map::new(), key: None }, Expected::FirstKey),
            '[' => (Open::Array(Vec::new()), Expected::FirstItem),
            _ => {
                self.token = match c {
                    '"' => Token::Text(Quoted::default()),
                    't' => Token::Word("true", 1),
                    'f' => Token::Word("false", 1),
                    'n' => Token::Word("null", 1),
                    _ => match PartialNumber::begin(c) {
                        Some(number) => Token::Number(number),
                        None => return Err("a value is missing".into()),
                    },
                };
                self.changed |= c == '"';
                self.shown_number = None;
                return Ok(());
            }
        };
        if self.open.len() == MAX_DEPTH {
            return Err(format!("it nests deeper than {MAX_DEPTH} values"));
        }
        self.open.push(open);
        self.expected = expected;
        self.changed = true;
        Ok(())
    }

    fn end_token(&mut self) -> Result<(), String> {
        match mem::replace(&mut self.token, Token::None) {
            Token::None => (),
            Token::Key(mut quoted) => {
                if let Some(Open::Object { key, .. }) = self.open.last_mut() {
                    *key = Some(quoted.take());
                }
                self.expected = Expected::Colon;
            }
            Token::Text(mut quoted) => self.add(quoted.take().into()),
            Token::Number(number) => {
                let number = number.finish()?;
                self.changed |= self.shown_number.take().is_none_or(|shown| shown != number);
                self.add(number);
            }
            Token::Word(word, _) => {
                self.changed = true;
                self.add(match word {
                    "true" => true.into(),
                    "false" => false.into(),
                    _ => Value::Null,
                });
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Object { members, .. }) => self.add(members.into()),
            Some(Open::Array(items)) => self.add(items.into()),
            None => (),
        }
    }

    /// A value is whole.
    fn add(&mut self, value: Value) {
        self.expected = Expected::Comma;
        match self.open.last_mut() {
            Some(Open::Object { members, key }) => {
                members.insert(key.take().unwrap_or_default(), value);
            }
            Some(Open::Array(items)) => items.push(value),
            None => {
                self.root = Some(value);
                self.expected = Expected::End;
            }
        }
    }
}

impl Open {
    /// What it is so far, with what is known of the value that is being read.
    fn with(&self, inner: Option<Value>) -> Value {
        match self {
            Self::Object { members, key } => {
                let mut members = members.clone();
                members.extend(key.clone().zip(inner));
                members.into()
            }
            Self::Array(items) => items.iter().cloned().chain(inner).collect(),
        }
    }
}
