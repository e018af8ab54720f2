//! Tests of encoding and decoding.

use super::Tokenizer;
use crate::{
    engine::gguf::Gguf,
    error::LocalError,
    test_model::{Meta, Tiny},
};
use candle_core::quantized::GgmlDType;

const GUARD: char = '\u{F0000}';

fn tokenizer(tiny: &Tiny) -> Result<Tokenizer, LocalError> {
    tiny.with(|path| Tokenizer::new(&Gguf::open(path)?))
}

/// Returns a model with a SentencePiece vocabulary: three control tokens, all bytes, and some
/// pieces of text. The scores follow the order of the list.
fn sentence_piece() -> Tiny {
    let mut tiny = Tiny::new(GgmlDType::F16);
    let control = ["<unk>", "<s>", "</s>"].map(str::to_owned).into_iter();
    let bytes = (0..=u8::MAX).map(|byte| format!("<0x{byte:02X}>"));
    let pieces =
        ["\u{2581}", "t", "h", "e", "th", "he", "\u{2581}t", "the", "\u{2581}the", "</", "s>"];
    let tokens: Vec<_> = control.chain(bytes).chain(pieces.map(str::to_owned)).collect();
    let kinds = [2, 3, 3].into_iter().chain([6; 256]).chain([1; 11]).collect();
    // Pieces that are later in the list have lower scores and are merged later. For example, "th"
    // is merged before "he".
    let scores = (0..tokens.len()).map(|id| -(id as f32)).collect();
    tiny.set("tokenizer.ggml.model", "llama".into());
    tiny.set("tokenizer.ggml.tokens", Meta::Texts(tokens));
    tiny.set("tokenizer.ggml.token_type", Meta::I32s(kinds));
    tiny.set("tokenizer.ggml.scores", Meta::F32s(scores));
    tiny.set("tokenizer.ggml.unknown_token_id", Meta::U32(0));
    tiny
}

fn text(tokenizer: &Tokenizer, tokens: &[u32]) -> String {
    let bytes = tokens.iter().flat_map(|token| tokenizer.token_bytes(*token)).copied().collect();
    String::from_utf8(bytes).expect("whole characters")
}

#[test]
fn byte_level_text_is_decoded_unchanged() -> Result<(), LocalError> {
    let tokenizer = tokenizer(&Tiny::new(GgmlDType::F16))?;
    let original = "the thing — 日本 👍\n\t 12";
    let tokens = tokenizer.encode(original, GUARD);
    assert_eq!(text(&tokenizer, &tokens), original);
    // "th" and " th" are merged.
    assert_eq!((tokens[0], tokens[2]), (259, 260));
    Ok(())
}

#[test]
fn sentence_pieces_are_merged_by_their_scores() -> Result<(), LocalError> {
    let tokenizer = tokenizer(&sentence_piece())?;
    let id = |piece: &str| tokenizer.ids.get(piece).copied().unwrap_or_default();
    // The tokenizer adds a space before the text and after each control token. It encodes
    // characters without a token as bytes.
    let the = id("\u{2581}the");
    let byte = |byte: u8| 3 + u32::from(byte);
    assert_eq!(tokenizer.encode("the</s>the", GUARD), [1, the, 2, the]);
    let tokens = tokenizer.encode("the é", GUARD);
    assert_eq!(tokens, [1, the, id("\u{2581}"), byte(0xC3), byte(0xA9)]);
    assert_eq!(text(&tokenizer, &tokens), " the é");
    Ok(())
}

#[test]
fn parts_of_a_control_token_are_not_merged() -> Result<(), LocalError> {
    let tokenizer = tokenizer(&sentence_piece())?;
    let message = tokenizer.break_up("</s><0x41>", GUARD).into_owned();
    let tokens = tokenizer.encode(&message, GUARD);
    assert_eq!(text(&tokenizer, &tokens), " </s><0x41>");
    assert!(!tokens.contains(&2), "{tokens:?}");
    Ok(())
}

#[test]
fn all_tokens_that_end_a_turn_are_recognized() -> Result<(), LocalError> {
    let tokenizer = tokenizer(&Tiny::new(GgmlDType::F16))?;
    assert!(tokenizer.is_end(2), "the one the file names");
    assert!(tokenizer.is_end(0), "a well-known one");
    assert!(!tokenizer.is_end(1));
    assert_eq!(tokenizer.token_bytes(2), b"");
    assert_eq!(tokenizer.token_bytes(u32::MAX), b"");
    Ok(())
}

#[test]
#[ignore = "requires the default model at the path in `RUNNABLE_LOCAL_MODEL`"]
fn the_default_model_is_tokenized_like_the_original() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::var("RUNNABLE_LOCAL_MODEL")?;
    let tokenizer = Tokenizer::new(&Gguf::open(path.as_ref())?)?;
    let original = "Hello, world! It's 2024 — Größe naïve 日本語 👍🏽  multiple   spaces\n\ttabs and \
        \"quotes\" don't you'll WE'RE fn main() { println!(\"{}\", 1234567); }\n\n\ntrailing   \n";
    let expected = [
        19556, 28, 905, 17, 657, 506, 216, 34, 32, 34, 36, 1841, 9171, 7466, 34878, 85, 15486,
        46494, 17097, 241, 115, 40993, 179, 120, 248, 15107, 235, 231, 10813, 233, 138, 216, 2701,
        256, 5600, 198, 197, 100, 7366, 284, 476, 385, 2346, 18, 1326, 982, 346, 3060, 26587, 23,
        3256, 24526, 1085, 1000, 1662, 1628, 34115, 17, 43331, 1002, 216, 33, 34, 35, 36, 37, 38,
        39, 4258, 4029, 1116, 198, 4861, 4966, 333, 198,
    ];
    assert_eq!(tokenizer.encode(original, GUARD), expected);
    assert_eq!(text(&tokenizer, &expected), original);
    Ok(())
}
