//! Tests that the results of the forward pass do not depend on how the tokens are split into
//! chunks.

use super::{Llama, Shape};
use crate::{LocalError, engine::gguf::Gguf, test_model::Tiny};
use candle_core::quantized::GgmlDType;
use std::sync::atomic::AtomicBool;

static GO: AtomicBool = AtomicBool::new(false);
const TOKENS: [u32; 11] = [1, 40, 41, 99, 7, 7, 200, 3, 258, 12, 60];

fn llama(format: GgmlDType) -> Result<Llama, LocalError> {
    Tiny::new(format).with(|path| {
        let gguf = Gguf::open(path)?;
        let shape = Shape::read(&gguf)?;
        Llama::load(&gguf, shape)
    })
}

/// Processes all tokens in chunks of these sizes, and returns the scores of the next token.
fn logits(llama: &Llama, chunks: &[usize]) -> Result<Vec<f32>, LocalError> {
    let mut session = llama.session();
    let mut rest = TOKENS.as_slice();
    let mut last = Vec::new();
    for size in chunks {
        let (chunk, left) = rest.split_at(*size);
        let hidden = session.feed(chunk, &GO)?;
        last = session.logits(&hidden)?;
        rest = left;
    }
    assert!(rest.is_empty());
    Ok(last)
}

fn assert_close(left: &[f32], right: &[f32], tolerance: f32) {
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(right) {
        assert!((left - right).abs() <= tolerance, "{left} and {right}");
    }
}

#[test]
fn the_size_of_chunks_does_not_change_the_scores() -> Result<(), LocalError> {
    for format in [GgmlDType::F32, GgmlDType::F16, GgmlDType::Q4_1, GgmlDType::Q8_0] {
        let llama = llama(format)?;
        let one_by_one = logits(&llama, &[1; 11])?;
        for chunks in [&[11][..], &[5, 6], &[1, 9, 1], &[3, 1, 7]] {
            assert_close(&logits(&llama, chunks)?, &one_by_one, 1e-4);
        }
        assert!(one_by_one.iter().any(|score| score.abs() > 0.01), "{format:?} gives no scores");
    }
    Ok(())
}

#[test]
fn the_order_of_tokens_matters() -> Result<(), LocalError> {
    let llama = llama(GgmlDType::F32)?;
    let after = |tokens: &[u32]| {
        let mut session = llama.session();
        let hidden = session.feed(tokens, &GO)?;
        session.logits(&hidden)
    };
    assert_ne!(after(&[5, 6, 7])?, after(&[6, 5, 7])?);
    Ok(())
}

#[test]
fn sessions_are_independent() -> Result<(), LocalError> {
    let llama = llama(GgmlDType::F32)?;
    let alone = logits(&llama, &[1; 11])?;
    let (mut first, mut second) = (llama.session(), llama.session());
    let mut last = Vec::new();
    for (index, token) in TOKENS.iter().enumerate() {
        let hidden = first.feed(&[*token], &GO)?;
        last = first.logits(&hidden)?;
        second.feed(&[index as u32, 9], &GO)?;
    }
    assert_eq!(last, alone);
    Ok(())
}

#[test]
fn a_cancelled_chunk_can_be_fed_again() -> Result<(), LocalError> {
    let llama = llama(GgmlDType::F32)?;
    let mut session = llama.session();
    session.feed(&TOKENS[..4], &GO)?;
    let cancelled = session.feed(&TOKENS[4..], &AtomicBool::new(true));
    assert!(matches!(cancelled, Err(LocalError::Cancelled)));
    let hidden = session.feed(&TOKENS[4..], &GO)?;
    assert_eq!(session.logits(&hidden)?, logits(&llama, &[4, 7])?);
    Ok(())
}

#[test]
fn a_token_beyond_the_vocabulary_is_an_error() -> Result<(), LocalError> {
    let mut session = llama(GgmlDType::F32)?.session();
    assert!(matches!(session.feed(&[100_000], &GO), Err(LocalError::Compute(_))));
    Ok(())
}
