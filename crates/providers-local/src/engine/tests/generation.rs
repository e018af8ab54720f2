//! Tests of generating an answer step by step with a tiny model.

use super::load;
use crate::{
    engine::{Engine, Generation, Sampling, Step, StopReason},
    error::LocalError,
    test_model::{Meta, Tiny},
};
use candle_core::quantized::GgmlDType;
use std::sync::atomic::AtomicBool;

static GO: AtomicBool = AtomicBool::new(false);

fn engine() -> Result<Engine, LocalError> {
    Tiny::new(GgmlDType::F16).with(load)
}

/// Returns the tokens of a conversation with one message.
fn prompt(engine: &Engine, content: &str) -> Vec<u32> {
    let text = format!("<|im_start|>user\n{content}<|im_end|>\n<|im_start|>assistant\n");
    engine.tokenizer().encode(&text, '\u{F0000}')
}

/// Returns a complete answer: its text, why it ended, and its number of tokens.
fn answer(generation: &mut Generation) -> Result<(String, StopReason, usize), LocalError> {
    let mut text = String::new();
    loop {
        match generation.next(&GO)? {
            Step::Text(piece) => {
                assert!(!piece.is_empty());
                text += &piece;
            }
            Step::Done { rest, reason, output_tokens, .. } => {
                return Ok((text + &rest, reason, output_tokens));
            }
            Step::Prefilled { .. } | Step::Pending => {}
        }
    }
}

#[test]
fn prompts_are_processed_in_chunks_and_answers_in_steps() -> Result<(), LocalError> {
    let engine = engine()?;
    let mut generation =
        engine.start(prompt(&engine, &"a".repeat(40)), Sampling::default(), Some(3), &[])?;
    let first = generation.next(&GO)?;
    let Step::Prefilled { done: 32, total } = first else { panic!("{first:?}") };
    assert_eq!(generation.next(&GO)?, Step::Prefilled { done: total, total });
    for _ in 0..3 {
        assert!(matches!(generation.next(&GO)?, Step::Text(_) | Step::Pending));
    }
    for _ in 0..2 {
        let last = generation.next(&GO)?;
        let Step::Done { reason, input_tokens, output_tokens, .. } = last else {
            panic!("{last:?}")
        };
        assert_eq!((reason, input_tokens, output_tokens), (StopReason::Length, total, 3));
    }
    Ok(())
}

#[test]
fn equal_settings_give_equal_answers() -> Result<(), LocalError> {
    let engine = engine()?;
    let ask =
        |sampling| answer(&mut engine.start(prompt(&engine, "hello"), sampling, Some(40), &[])?);
    assert_eq!(ask(Sampling::default())?, ask(Sampling { seed: 9, ..Sampling::default() })?);
    let sampling = Sampling { temperature: 1.0, top_p: 0.9, seed: 1 };
    assert_eq!(ask(sampling)?, ask(sampling)?);
    assert_ne!(ask(sampling)?, ask(Sampling { seed: 2, ..sampling })?);
    Ok(())
}

#[test]
fn an_answer_ends_before_a_stop_string() -> Result<(), LocalError> {
    let engine = engine()?;
    let ask = |stop: &[String]| {
        answer(&mut engine.start(prompt(&engine, "hello"), Sampling::default(), Some(60), stop)?)
    };
    let (whole, ..) = ask(&[])?;
    let middle: String = whole.chars().skip(20).take(2).collect();
    let end = whole.find(&middle).unwrap_or_default();
    let (text, reason, _) = ask(&[middle])?;
    assert_eq!((text.as_str(), reason), (&whole[..end], StopReason::Stop));
    Ok(())
}

#[test]
fn an_answer_ends_when_the_context_is_full() -> Result<(), LocalError> {
    let mut tiny = Tiny::new(GgmlDType::F16);
    tiny.set("llama.context_length", Meta::U32(40));
    // Ensure that no token ends the answer earlier.
    tiny.set("tokenizer.ggml.eos_token_id", Meta::U32(0));
    let engine = tiny.with(load)?;
    let mut generation = engine.start(prompt(&engine, "hello"), Sampling::default(), None, &[])?;
    let given = generation.prompt.len();
    let (_, reason, generated) = answer(&mut generation)?;
    if reason == StopReason::Length {
        assert_eq!(given + generated, 40);
    }
    let error = engine.start(prompt(&engine, &"a".repeat(40)), Sampling::default(), None, &[]);
    assert!(matches!(error, Err(LocalError::PromptTooLong { limit: 39, .. })));
    Ok(())
}

#[test]
fn a_cancelled_step_can_be_repeated() -> Result<(), LocalError> {
    let engine = engine()?;
    let start = || engine.start(prompt(&engine, "hello"), Sampling::default(), Some(10), &[]);
    let expected = answer(&mut start()?)?;
    let mut generation = start()?;
    let cancelled = generation.next(&AtomicBool::new(true));
    assert!(matches!(cancelled, Err(LocalError::Cancelled)));
    assert!(matches!(generation.next(&GO)?, Step::Prefilled { .. }));
    let first = generation.next(&GO)?;
    assert!(matches!(generation.next(&AtomicBool::new(true)), Err(LocalError::Cancelled)));
    let (rest, reason, tokens) = answer(&mut generation)?;
    let first = if let Step::Text(text) = first { text } else { String::new() };
    assert_eq!((first + &rest, reason, tokens), expected);
    Ok(())
}

#[test]
fn a_generation_can_move_to_another_thread() {
    fn check<T: Send + 'static>() {}
    check::<Generation>();
    check::<Engine>();
}

#[test]
fn debug_output_names_the_model() -> Result<(), LocalError> {
    let engine = engine()?;
    let debug = format!("{engine:?}");
    assert!(debug.contains(engine.name()) && debug.len() < 200, "{debug}");
    assert_eq!(engine.context_length(), 256);
    Ok(())
}
