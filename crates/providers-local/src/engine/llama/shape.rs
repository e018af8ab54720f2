//! The hyper-parameters of a llama model, and the shapes of its tensors.
//!
//! The shapes of all tensors are checked against the hyper-parameters before the first tensor is
//! loaded, so that the forward pass can rely on the shapes.

use crate::{engine::gguf::Gguf, error::LocalError};
use std::collections::HashSet;

const DEFAULT_ROPE_BASE: f32 = 10_000.0;

/// The hyper-parameters of a llama model, such as the number of layers.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// The number of tokens in the vocabulary.
    pub(crate) vocabulary: usize,
    /// The width of the hidden state.
    pub(crate) width: usize,
    /// The width of the feed-forward layers.
    pub(crate) feed_forward: usize,
    /// The number of layers.
    pub(crate) layers: usize,
    /// The number of query heads.
    pub(crate) heads: usize,
    /// The number of key-value heads. Each key-value head is shared by the same number of query
    /// heads.
    pub(crate) kv_heads: usize,
    /// The width of one head.
    pub(crate) head_width: usize,
    /// The context length for which the model was trained.
    pub(crate) context: usize,
    /// The epsilon of the norms, which prevents a division by zero.
    pub(crate) norm_epsilon: f32,
    /// The base from which the frequencies of the rotary position embedding are computed.
    pub(crate) rope_base: f32,
    /// The number by which positions are divided before they are rotated.
    pub(crate) rope_scale: f32,
    /// Whether the file contains a separate tensor for the output head. Otherwise, the embedding
    /// table is the output head.
    pub(crate) own_head: bool,
    /// Whether the file contains a divisor for each frequency of the rotary position embedding.
    pub(crate) rope_factors: bool,
}

impl Shape {
    /// Reads the hyper-parameters from a file. Checks the hyper-parameters and the shapes of all
    /// tensors.
    pub(crate) fn read(gguf: &Gguf) -> Result<Self, LocalError> {
        let architecture: &str = gguf.require("general.architecture")?;
        if architecture != "llama" {
            let what = format!("the architecture {architecture:?}");
            return Err(LocalError::unsupported(gguf.path(), what, "\"llama\""));
        }
        let width = positive(gguf, "llama.embedding_length")?;
        let heads = positive(gguf, "llama.attention.head_count")?;
        let kv_heads = positive_or(gguf, "llama.attention.head_count_kv", heads)?;
        let head_width = positive_or(gguf, "llama.attention.key_length", width / heads)?;
        let shape = Self {
            vocabulary: gguf.require::<&[String]>("tokenizer.ggml.tokens")?.len(),
            width,
            feed_forward: positive(gguf, "llama.feed_forward_length")?,
            layers: positive(gguf, "llama.block_count")?,
            heads,
            kv_heads,
            head_width,
            context: positive(gguf, "llama.context_length")?,
            norm_epsilon: gguf.require("llama.attention.layer_norm_rms_epsilon")?,
            rope_base: gguf.get("llama.rope.freq_base")?.unwrap_or(DEFAULT_ROPE_BASE),
            rope_scale: rope_scale(gguf)?,
            own_head: gguf.tensor("output.weight").is_some(),
            rope_factors: gguf.tensor("rope_freqs.weight").is_some(),
        };
        shape.check_numbers(gguf)?;
        shape.check_tensors(gguf)?;
        Ok(shape)
    }

    fn check_numbers(&self, gguf: &Gguf) -> Result<(), LocalError> {
        let Self { heads, kv_heads, head_width, .. } = *self;
        if !heads.is_multiple_of(kv_heads) {
            let what = format!("{heads} attention heads cannot share {kv_heads} key-value heads");
            return Err(gguf.broken(what));
        }
        if head_width == 0 || head_width % 2 != 0 {
            return Err(gguf.broken(format!("an attention head is {head_width} wide")));
        }
        if !(self.norm_epsilon >= 0.0 && self.norm_epsilon.is_finite()) {
            return Err(gguf.broken(format!("the norm's epsilon is {}", self.norm_epsilon)));
        }
        if !(self.rope_base > 0.0 && self.rope_base.is_finite()) {
            return Err(gguf.broken(format!("the rotary base is {}", self.rope_base)));
        }
        for key in ["llama.rope.dimension_count", "llama.attention.value_length"] {
            let width = gguf.get::<usize>(key)?.unwrap_or(head_width);
            if width != head_width {
                let what = format!("{key} = {width}");
                return Err(LocalError::unsupported(gguf.path(), what, head_width.to_string()));
            }
        }
        Ok(())
    }

    /// Checks that the file contains exactly the tensors of a llama model. A missing tensor cannot
    /// be replaced, and ignoring an unknown tensor would change the answers.
    fn check_tensors(&self, gguf: &Gguf) -> Result<(), LocalError> {
        let mut known = 0;
        for (name, expected) in self.tensors() {
            let Some(tensor) = gguf.tensor(&name) else {
                self.check_unknown(gguf)?;
                return Err(LocalError::missing(gguf.path(), format!("tensor {name:?}")));
            };
            let found = tensor.shape();
            if found != expected {
                let what = format!("tensor {name} has the shape {found:?}, expected {expected:?}");
                return Err(gguf.broken(what));
            }
            known += 1;
        }
        if known < gguf.tensor_names().count() { self.check_unknown(gguf) } else { Ok(()) }
    }

    fn check_unknown(&self, gguf: &Gguf) -> Result<(), LocalError> {
        // Limit the list, because an invalid layer count could make it much longer than the list in
        // the file.
        let limit = gguf.tensor_names().count() + 1;
        let known: HashSet<_> = self.tensors().take(limit).map(|(name, _)| name).collect();
        match gguf.tensor_names().filter(|name| !known.contains(*name)).min() {
            Some(name) => {
                let what = format!("tensor {name:?}");
                Err(LocalError::unsupported(
                    gguf.path(),
                    what,
                    "the tensors of a llama model without extensions",
                ))
            }
            None => Ok(()),
        }
    }

    fn tensors(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        let width = self.width;
        let queries = self.heads.saturating_mul(self.head_width);
        let keys = self.kv_heads.saturating_mul(self.head_width);
        let ends = [
            ("token_embd.weight", vec![self.vocabulary, width], true),
            ("output_norm.weight", vec![width], true),
            ("output.weight", vec![self.vocabulary, width], self.own_head),
            ("rope_freqs.weight", vec![self.head_width / 2], self.rope_factors),
        ];
        let layer = [
            ("attn_norm", vec![width]),
            ("attn_q", vec![queries, width]),
            ("attn_k", vec![keys, width]),
            ("attn_v", vec![keys, width]),
            ("attn_output", vec![width, queries]),
            ("ffn_norm", vec![width]),
            ("ffn_gate", vec![self.feed_forward, width]),
            ("ffn_up", vec![self.feed_forward, width]),
            ("ffn_down", vec![width, self.feed_forward]),
        ];
        let layers = (0..self.layers).flat_map(move |index| {
            layer.clone().map(|(name, shape)| (layer_tensor(index, name), shape))
        });
        let ends = ends.into_iter().filter(|(_, _, present)| *present);
        ends.map(|(name, shape, _)| (name.to_owned(), shape)).chain(layers)
    }
}

/// Returns the name under which the file contains the tensor `name` of a layer.
pub(super) fn layer_tensor(layer: usize, name: &str) -> String {
    format!("blk.{layer}.{name}.weight")
}

fn positive(gguf: &Gguf, key: &str) -> Result<usize, LocalError> {
    nonzero(gguf, key, gguf.require(key)?)
}

fn positive_or(gguf: &Gguf, key: &str, default: usize) -> Result<usize, LocalError> {
    nonzero(gguf, key, gguf.get(key)?.unwrap_or(default))
}

fn nonzero(gguf: &Gguf, key: &str, value: usize) -> Result<usize, LocalError> {
    if value == 0 { Err(gguf.broken(format!("{key} is 0"))) } else { Ok(value) }
}

fn rope_scale(gguf: &Gguf) -> Result<f32, LocalError> {
    let kind = gguf.get("llama.rope.scaling.type")?.unwrap_or("none");
    if !matches!(kind, "none" | "linear") {
        let what = format!("the rotary scaling {kind:?}");
        return Err(LocalError::unsupported(gguf.path(), what, "\"none\" and \"linear\""));
    }
    let key =
        if kind == "linear" { "llama.rope.scaling.factor" } else { "llama.rope.scale_linear" };
    let scale = gguf.get(key)?.unwrap_or(1.0f32);
    if scale > 0.0 && scale.is_finite() {
        return Ok(scale);
    }
    Err(gguf.broken(format!("{key} is {scale}")))
}
