//! Tests of loading valid and invalid files.

use super::load;
use crate::{
    LocalError,
    test_model::{Meta, Tiny, written},
};
use candle_core::quantized::GgmlDType;
use fastrand::Rng;

fn tiny() -> Tiny {
    Tiny::new(GgmlDType::F16)
}

/// Changes the file of the tiny model with `change`, and returns the error of loading the changed
/// file.
fn error(change: impl FnOnce(&mut Tiny)) -> String {
    let mut tiny = tiny();
    change(&mut tiny);
    tiny.with(|path| load(path).expect_err("the file is at fault")).to_string()
}

fn set(key: &str, value: impl Into<Meta>) -> String {
    error(|tiny| tiny.set(key, value.into()))
}

impl From<u32> for Meta {
    fn from(number: u32) -> Self {
        Self::U32(number)
    }
}

#[test]
fn each_fault_has_a_message() {
    let faults = [
        (error(|tiny| tiny.magic = *b"PK\x03\x04"), "expected a GGUF file"),
        (error(|tiny| tiny.version = 1), "GGUF version 1 is not supported"),
        (error(|tiny| tiny.version = 3 << 24), "big-endian GGUF is not supported"),
        (set("general.architecture", "gemma3"), "the architecture \"gemma3\" is not supported"),
        (set("general.alignment", 24), "general.alignment is 24"),
        (
            error(|tiny| tiny.remove("llama.block_count")),
            "missing metadata key \"llama.block_count\"",
        ),
        (
            set("llama.block_count", "two"),
            "the value of llama.block_count is not an unsigned 32-bit integer",
        ),
        (set("llama.block_count", 3), "missing tensor \"blk.2.attn_norm.weight\""),
        (set("llama.block_count", 1), "tensor \"blk.1.attn_k.weight\" is not supported"),
        (set("llama.block_count", u32::MAX), "missing tensor \"blk.2.attn_norm.weight\""),
        (set("llama.attention.head_count", 0), "llama.attention.head_count is 0"),
        (set("llama.attention.head_count_kv", 3), "4 attention heads cannot share 3"),
        (set("llama.attention.key_length", 7), "an attention head is 7 wide"),
        (set("llama.rope.dimension_count", 8), "llama.rope.dimension_count = 8 is not supported"),
        (set("llama.rope.scaling.type", "yarn"), "the rotary scaling \"yarn\" is not supported"),
        (set("llama.rope.freq_base", Meta::F32(f32::NAN)), "the rotary base is NaN"),
        (
            set("llama.feed_forward_length", 64),
            "tensor blk.0.ffn_gate.weight has the shape [128, 64], expected [64, 64]",
        ),
        (
            error(|tiny| tiny.remove_tensor("output_norm.weight")),
            "missing tensor \"output_norm.weight\"",
        ),
        (error(|tiny| tiny.add_norm("blk.0.attn_q_norm")), "\"blk.0.attn_q_norm.weight\""),
        (set("tokenizer.ggml.model", "bert"), "the tokenizer \"bert\" is not supported"),
        (set("tokenizer.ggml.pre", "tekken"), "the pre-tokenizer \"tekken\" is not supported"),
        (set("tokenizer.ggml.merges", Meta::Texts(vec!["a zz".into()])), "the merge \"a zz\""),
    ];
    for (error, expected) in faults {
        assert!(error.contains(expected), "expected {expected:?} in: {error}");
    }
}

#[test]
fn the_error_of_a_missing_file_names_it() {
    let error = load(std::path::Path::new("/no/such/model.gguf")).expect_err("missing");
    assert!(matches!(error, LocalError::Read { .. }), "{error}");
    assert!(error.to_string().contains("/no/such/model.gguf"), "{error}");
}

#[test]
fn a_file_truncated_anywhere_is_an_error() {
    let (bytes, data) = tiny().bytes();
    // Truncate the file at each byte in the first part of the header, and then in larger and larger
    // steps.
    let cuts = (0..2000).chain((2000..data).step_by(37)).chain((data..bytes.len()).step_by(9973));
    for cut in cuts.chain([bytes.len() - 1]) {
        let file = written(&bytes[..cut]);
        let error = load(file.path()).expect_err("the file is truncated").to_string();
        assert!(error.contains("invalid model file"), "{cut}: {error}");
    }
}

#[test]
fn damage_to_the_header_never_panics() {
    let (bytes, data) = tiny().bytes();
    let mut random = Rng::with_seed(7);
    for _ in 0..400 {
        let mut damaged = bytes.clone();
        for _ in 0..random.usize(1..4) {
            // Change the start and the end of the header more often, because the most important
            // numbers are there.
            let at = match random.u8(0..3) {
                0 => random.usize(0..700),
                1 => random.usize(0..data),
                _ => random.usize(data - 1400..data),
            };
            damaged[at] = if random.bool() { 0xFF } else { random.u8(..) };
        }
        // Loading may succeed, because some bytes have no effect.
        let _ = load(written(&damaged).path());
    }
}

#[test]
fn lengths_beyond_the_file_allocate_no_memory() {
    let (bytes, _) = tiny().bytes();
    for huge in [u64::MAX, u64::MAX / 2, 1 << 60, 1 << 40] {
        // These are the positions of the number of tensors, the number of values, and the length of
        // the first key.
        for at in [8, 16, 24] {
            let mut damaged = bytes.clone();
            damaged[at..at + 8].copy_from_slice(&huge.to_le_bytes());
            let error = load(written(&damaged).path()).expect_err("impossible");
            assert!(error.to_string().contains("requires more than"), "{error}");
        }
    }
}

#[test]
fn arrays_nested_without_end_are_refused() {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(3u32.to_le_bytes());
    bytes.extend([0u64, 1, 1].map(u64::to_le_bytes).concat());
    bytes.push(b'k');
    bytes.extend(9u32.to_le_bytes());
    for _ in 0..100_000 {
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
    }
    let error = load(written(&bytes).path()).expect_err("the arrays are nested too deeply");
    assert!(error.to_string().contains("nested too deeply"), "{error}");
}
