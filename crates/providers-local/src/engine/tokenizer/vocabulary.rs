//! The vocabulary of a model: converts text to tokens, and tokens to bytes.
//!
//! Two kinds of vocabularies are supported: byte-level byte-pair encoding, and SentencePiece. With
//! SentencePiece, the scores of the tokens determine which parts are merged. This crate implements
//! the merging itself, because the vocabulary is part of the model file and must be checked.

use super::{
    bytes, merge,
    special::{Part, Specials},
    words::{self, Words},
};
use crate::{engine::gguf::Gguf, error::LocalError};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// The character that SentencePiece uses for a space.
const SPACE: &str = "\u{2581}";

/// Tokens that end a turn or a text in common model families. All of them are recognized, because
/// the metadata of a file names only one end token.
const ENDS: [&str; 5] = ["<|im_end|>", "<|eot_id|>", "<|end|>", "</s>", "<|endoftext|>"];

/// The codes for types of tokens in a file.
mod kind {
    pub(super) const UNKNOWN: u32 = 2;
    pub(super) const CONTROL: u32 = 3;
    pub(super) const USER_DEFINED: u32 = 4;
    pub(super) const UNUSED: u32 = 5;
    pub(super) const BYTE: u32 = 6;
}

/// The vocabulary of a model.
pub(crate) struct Tokenizer {
    model: Model,
    /// The IDs of the tokens into which text can be encoded, by the text of the token.
    pub(super) ids: HashMap<Box<str>, u32>,
    /// The bytes of each token, by ID. They are empty for tokens that are not text.
    bytes: Vec<Box<[u8]>>,
    specials: Specials,
    ends: HashSet<u32>,
    bos: Option<u32>,
    add_bos: bool,
    bos_text: String,
    eos_text: String,
}

/// The data that is specific to a kind of vocabulary.
enum Model {
    /// Text is split into words, and the bytes of each word are converted to the byte alphabet.
    /// Then, parts of a word are merged by the ranks of pairs of tokens.
    ByteLevel { words: Words, ranks: HashMap<(u32, u32), u32> },
    /// Text is not split into words. Parts are merged by the ranks of the tokens that the merges
    /// produce.
    SentencePiece { ranks: Vec<u32>, bytes: HashMap<u8, u32>, unknown: Option<u32>, prefix: bool },
}

impl Tokenizer {
    /// Reads the vocabulary of a file.
    pub(crate) fn new(gguf: &Gguf) -> Result<Self, LocalError> {
        let tokens: &[String] = gguf.require("tokenizer.ggml.tokens")?;
        let kinds: Vec<u32> = gguf.get("tokenizer.ggml.token_type")?.unwrap_or_default();
        let kind = |id: usize| kinds.get(id).copied().unwrap_or_default();
        let texts = (0..).zip(tokens).filter(|(id, token)| is_text(token, kind(*id as usize)));
        let ids = texts.map(|(id, token)| (token.as_str().into(), id)).collect();
        let (model, add_bos) = match gguf.require("tokenizer.ggml.model")? {
            "gpt2" => Model::byte_level(gguf, &ids)?,
            "llama" => (Model::sentence_piece(gguf, tokens, &kinds)?, true),
            other => {
                let what = format!("the tokenizer {other:?}");
                return Err(LocalError::unsupported(gguf.path(), what, "\"gpt2\" and \"llama\""));
            }
        };

        let bytes = tokens.iter().enumerate().map(|(id, token)| model.bytes_of(token, kind(id)));
        let bytes = bytes.map(Vec::into_boxed_slice).collect();
        let mut specials = Specials::default();
        for (id, token) in (0..).zip(tokens) {
            match kinds.get(id as usize) {
                Some(&kind::CONTROL) => specials.add(token, id, true),
                // Some programs that convert models mark control tokens as user-defined tokens.
                Some(&kind::USER_DEFINED) => specials.add(token, id, is_control(token)),
                _ => {}
            }
        }

        let named = |name: &str| gguf.get::<u32>(&format!("tokenizer.ggml.{name}_token_id"));
        let (bos, eos) = (named("bos")?, named("eos")?);
        let mut ends: HashSet<u32> = [eos, named("eot")?].into_iter().flatten().collect();
        let well_known = |token: &str| ENDS.contains(&token);
        ends.extend((0..).zip(tokens).filter(|(_, token)| well_known(token)).map(|(id, _)| id));
        let text = |id: Option<u32>| {
            id.and_then(|id| tokens.get(id as usize)).cloned().unwrap_or_default()
        };
        Ok(Self {
            bos_text: text(bos),
            eos_text: text(eos),
            add_bos: gguf.get("tokenizer.ggml.add_bos_token")?.unwrap_or(add_bos),
            bos,
            ends,
            specials,
            bytes,
            ids,
            model,
        })
    }

    /// Encodes a prompt. Special tokens are recognized unless they were broken up with `guard`.
    ///
    /// The start token is added if the model requires it and the prompt does not start with it. The
    /// end token is never added, because the model continues the prompt.
    pub(crate) fn encode(&self, prompt: &str, guard: char) -> Vec<u32> {
        let mut tokens = Vec::new();
        let mut after_special = true;
        for part in self.specials.split(prompt) {
            match part {
                Part::Token(token) => tokens.push(token),
                Part::Text(text) => {
                    self.encode_text(&text.replace(guard, ""), after_special, &mut tokens);
                }
            }
            after_special = matches!(part, Part::Token(_));
        }
        match self.bos {
            Some(bos) if self.add_bos && tokens.first() != Some(&bos) => tokens.insert(0, bos),
            _ => {}
        }
        tokens
    }

    /// Breaks up the tokens in `text` that a message must not contain, by inserting `guard` into
    /// each.
    pub(crate) fn break_up<'t>(&self, text: &'t str, guard: char) -> Cow<'t, str> {
        self.specials.break_up(text, guard)
    }

    /// Returns the bytes of a token. They are empty for a token that is not text.
    pub(crate) fn token_bytes(&self, token: u32) -> &[u8] {
        self.bytes.get(token as usize).map_or(&[], |bytes| bytes)
    }

    /// Returns whether a token ends the answer.
    pub(crate) fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// Returns the text of the token for the start of a text.
    pub(crate) fn bos_text(&self) -> &str {
        &self.bos_text
    }

    /// Returns the text of the token for the end of a text.
    pub(crate) fn eos_text(&self) -> &str {
        &self.eos_text
    }

    fn encode_text(&self, text: &str, after_special: bool, tokens: &mut Vec<u32>) {
        match &self.model {
            Model::ByteLevel { words, ranks } => {
                for word in words.split(text) {
                    self.encode_word(&bytes::to_alphabet(word.as_bytes()), words, ranks, tokens);
                }
            }
            Model::SentencePiece { ranks, bytes, unknown, prefix } => {
                let start = if *prefix && after_special { SPACE } else { "" };
                let text = start.to_owned() + &text.replace(' ', SPACE);
                let rank = |piece: &str| ranks.get(*self.ids.get(piece)? as usize).copied();
                let pieces = merge::merge(&text, |left, right| {
                    text.get(left.start..right.end).and_then(rank)
                });
                for piece in pieces.into_iter().filter_map(|range| text.get(range)) {
                    match self.ids.get(piece) {
                        Some(id) => tokens.push(*id),
                        None => tokens.extend(
                            piece.bytes().filter_map(|byte| bytes.get(&byte).or(unknown.as_ref())),
                        ),
                    }
                }
            }
        }
    }

    fn encode_word(
        &self,
        word: &str,
        words: &Words,
        ranks: &HashMap<(u32, u32), u32>,
        tokens: &mut Vec<u32>,
    ) {
        if let Some(id) = self.ids.get(word).filter(|_| words.whole_first) {
            return tokens.push(*id);
        }
        let id = |range| word.get(range).and_then(|piece| self.ids.get(piece)).copied();
        let pieces = merge::merge(word, |left, right| ranks.get(&(id(left)?, id(right)?)).copied());
        // Skip bytes for which the vocabulary has no token, because the model cannot represent
        // them.
        tokens.extend(pieces.into_iter().filter_map(id));
    }
}

impl Model {
    /// Reads a byte-level vocabulary. Returns the vocabulary, and whether a text starts with a
    /// start token by default.
    fn byte_level(gguf: &Gguf, ids: &HashMap<Box<str>, u32>) -> Result<(Self, bool), LocalError> {
        let name = gguf.get("tokenizer.ggml.pre")?.unwrap_or("default");
        let Some(words) = Words::named(name) else {
            let what = format!("the pre-tokenizer {name:?}");
            return Err(LocalError::unsupported(gguf.path(), what, words::KNOWN));
        };
        let mut ranks = HashMap::new();
        for (rank, merge) in (0..).zip(gguf.require::<&[String]>("tokenizer.ggml.merges")?) {
            let pair = merge.split_once(' ').and_then(|(left, right)| {
                ids.get(format!("{left}{right}").as_str())?;
                Some((*ids.get(left)?, *ids.get(right)?))
            });
            let Some(pair) = pair else {
                return Err(gguf.broken(format!("the merge {merge:?} contains an unknown token")));
            };
            ranks.entry(pair).or_insert(rank);
        }
        let add_bos = words.whole_first;
        Ok((Self::ByteLevel { words, ranks }, add_bos))
    }

    fn sentence_piece(gguf: &Gguf, tokens: &[String], kinds: &[u32]) -> Result<Self, LocalError> {
        let scores: Vec<f32> = gguf.require("tokenizer.ggml.scores")?;
        if scores.len() != tokens.len() {
            let what = format!("{} tokens, but {} scores", tokens.len(), scores.len());
            return Err(gguf.broken(what));
        }
        let mut order: Vec<(f32, usize)> = scores.into_iter().zip(0..).collect();
        order.sort_by(|(left, _), (right, _)| right.total_cmp(left));
        let mut ranks = vec![0; tokens.len()];
        let mut rank = 0;
        let mut last = f32::NAN;
        for (score, id) in order {
            // Tokens with equal scores get equal ranks. Of several pairs with the same rank, the
            // leftmost is merged first.
            rank += u32::from(score != last);
            last = score;
            if let Some(place) = ranks.get_mut(id) {
                *place = rank;
            }
        }
        let of_kind = |wanted| (0..).zip(kinds).filter(move |(_, kind)| **kind == wanted);
        let byte =
            |(id, _): (usize, _)| Some((parse_byte(tokens.get(id)?)?, u32::try_from(id).ok()?));
        Ok(Self::SentencePiece {
            ranks,
            bytes: of_kind(kind::BYTE).filter_map(byte).collect(),
            unknown: gguf.get("tokenizer.ggml.unknown_token_id")?,
            prefix: gguf.get("tokenizer.ggml.add_space_prefix")?.unwrap_or(true),
        })
    }

    fn bytes_of(&self, token: &str, kind: u32) -> Vec<u8> {
        match (kind, self) {
            (kind::CONTROL | kind::UNKNOWN | kind::UNUSED, _) => Vec::new(),
            (kind::BYTE, _) => parse_byte(token).into_iter().collect(),
            (kind::USER_DEFINED, Self::ByteLevel { .. }) => token.into(),
            (_, Self::ByteLevel { .. }) => bytes::from_alphabet(token),
            (_, Self::SentencePiece { .. }) => token.replace(SPACE, " ").into_bytes(),
        }
    }
}

/// Returns whether a token is text, so that merging may produce it. Merging must not produce
/// control tokens, because a message could then contain control tokens.
fn is_text(token: &str, kind: u32) -> bool {
    match kind {
        kind::CONTROL | kind::UNKNOWN | kind::UNUSED | kind::BYTE => false,
        kind::USER_DEFINED => !is_control(token),
        _ => true,
    }
}

/// Returns whether a token has the form of a control token although it is not marked as one.
fn is_control(token: &str) -> bool {
    (token.starts_with("<|") && token.ends_with("|>")) || ENDS.contains(&token)
}

/// Returns the byte of a token such as `<0x0A>`.
fn parse_byte(token: &str) -> Option<u8> {
    u8::from_str_radix(token.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}
