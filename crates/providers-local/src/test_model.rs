//! A tiny llama model for tests, which is written to a GGUF file. Its weights are random numbers
//! that are the same in every run.

use candle_core::{
    Device, Tensor,
    quantized::{GgmlDType, QTensor},
};
use fastrand::Rng;
use std::{io::Write, path::Path};
use tempfile::NamedTempFile;

pub(crate) const WIDTH: usize = 64;
const FEED_FORWARD: usize = 128;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const LAYERS: usize = 2;
const HEAD_WIDTH: usize = WIDTH / HEADS;

const CHAT_TEMPLATE: &str = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n\
    {{ message['content'].strip() }}<|im_end|>\n{% endfor %}\
    {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

/// A metadata value in the GGUF file.
#[derive(Clone, Debug)]
pub(crate) enum Meta {
    U32(u32),
    F32(f32),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    I32s(Vec<i32>),
    F32s(Vec<f32>),
}

impl From<&str> for Meta {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The content of a GGUF file with a tiny model. A test can change the content before writing the
/// file.
#[derive(Clone, Debug)]
pub(crate) struct Tiny {
    pub(crate) magic: [u8; 4],
    pub(crate) version: u32,
    metadata: Vec<(String, Meta)>,
    tensors: Vec<(String, Vec<usize>, u32, Vec<u8>)>,
}

impl Tiny {
    /// Creates a valid model with weights in `format`.
    pub(crate) fn new(format: GgmlDType) -> Self {
        let mut tiny =
            Self { magic: *b"GGUF", version: 3, metadata: Vec::new(), tensors: Vec::new() };
        let tokens = vocabulary();
        tiny.set("general.architecture", "llama".into());
        tiny.set("general.name", "tiny".into());
        for (key, value) in [
            ("context_length", 256),
            ("embedding_length", WIDTH as u32),
            ("block_count", LAYERS as u32),
            ("feed_forward_length", FEED_FORWARD as u32),
            ("attention.head_count", HEADS as u32),
            ("attention.head_count_kv", KV_HEADS as u32),
            ("rope.dimension_count", HEAD_WIDTH as u32),
        ] {
            tiny.set(&format!("llama.{key}"), Meta::U32(value));
        }
        tiny.set("llama.attention.layer_norm_rms_epsilon", Meta::F32(1e-5));
        let kinds = (0..tokens.len()).map(|id| if id < 3 { 3 } else { 1 }).collect();
        tiny.set("tokenizer.ggml.model", "gpt2".into());
        tiny.set("tokenizer.ggml.pre", "smollm".into());
        tiny.set("tokenizer.ggml.token_type", Meta::I32s(kinds));
        tiny.set("tokenizer.ggml.merges", Meta::Texts(vec!["t h".into(), "Ġ th".into()]));
        tiny.set("tokenizer.ggml.bos_token_id", Meta::U32(1));
        tiny.set("tokenizer.ggml.eos_token_id", Meta::U32(2));
        tiny.set("tokenizer.chat_template", CHAT_TEMPLATE.into());

        tiny.add_matrix("token_embd", tokens.len(), WIDTH, format);
        tiny.add_norm("output_norm");
        for layer in 0..LAYERS {
            let name = |name: &str| format!("blk.{layer}.{name}");
            let keys = KV_HEADS * HEAD_WIDTH;
            tiny.add_norm(&name("attn_norm"));
            tiny.add_matrix(&name("attn_q"), WIDTH, WIDTH, format);
            tiny.add_matrix(&name("attn_k"), keys, WIDTH, format);
            tiny.add_matrix(&name("attn_v"), keys, WIDTH, format);
            tiny.add_matrix(&name("attn_output"), WIDTH, WIDTH, format);
            tiny.add_norm(&name("ffn_norm"));
            tiny.add_matrix(&name("ffn_gate"), FEED_FORWARD, WIDTH, format);
            tiny.add_matrix(&name("ffn_up"), FEED_FORWARD, WIDTH, format);
            tiny.add_matrix(&name("ffn_down"), WIDTH, FEED_FORWARD, format);
        }
        tiny.set("tokenizer.ggml.tokens", Meta::Texts(tokens));
        tiny
    }

    /// Sets or replaces a metadata value.
    pub(crate) fn set(&mut self, key: &str, value: Meta) {
        self.remove(key);
        self.metadata.push((key.to_owned(), value));
    }

    /// Removes a metadata value.
    pub(crate) fn remove(&mut self, key: &str) {
        self.metadata.retain(|(name, _)| name != key);
    }

    /// Removes a tensor.
    pub(crate) fn remove_tensor(&mut self, name: &str) {
        self.tensors.retain(|(tensor, ..)| tensor != name);
    }

    /// Adds a norm whose values are 1.
    pub(crate) fn add_norm(&mut self, name: &str) {
        let ones = [1f32; WIDTH].iter().flat_map(|one| one.to_le_bytes()).collect();
        self.tensors.push((format!("{name}.weight"), vec![WIDTH], 0, ones));
    }

    /// Adds a matrix of random numbers.
    pub(crate) fn add_matrix(&mut self, name: &str, rows: usize, columns: usize, to: GgmlDType) {
        let mut random = Rng::with_seed(self.tensors.len() as u64);
        let noise = (0..rows * columns).map(|_| random.f32() * 0.4 - 0.2);
        let noise = Tensor::from_iter(noise, &Device::Cpu).expect("a vector");
        let matrix = noise.reshape((rows, columns)).expect("as many elements");
        let data = QTensor::quantize(&matrix, to).expect("whole blocks");
        let data = data.data().expect("on the CPU").into_owned();
        let code = match to {
            GgmlDType::F32 => 0,
            GgmlDType::F16 => 1,
            GgmlDType::Q4_1 => 3,
            GgmlDType::Q8_0 => 8,
            other => panic!("no test writes {other:?}"),
        };
        self.tensors.push((format!("{name}.weight"), vec![columns, rows], code, data));
    }

    /// Returns the bytes of the file, and the position at which the tensor data starts.
    pub(crate) fn bytes(&self) -> (Vec<u8>, usize) {
        let mut file = self.magic.to_vec();
        file.extend(self.version.to_le_bytes());
        file.extend((self.tensors.len() as u64).to_le_bytes());
        file.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            put_text(&mut file, key);
            put_value(&mut file, value);
        }
        let mut offset = 0u64;
        for (name, shape, code, data) in &self.tensors {
            put_text(&mut file, name);
            file.extend((shape.len() as u32).to_le_bytes());
            shape.iter().for_each(|size| file.extend((*size as u64).to_le_bytes()));
            file.extend(code.to_le_bytes());
            file.extend(offset.to_le_bytes());
            offset += (data.len() as u64).next_multiple_of(32);
        }
        let header = file.len().next_multiple_of(32);
        for (_, _, _, data) in &self.tensors {
            file.resize(file.len().next_multiple_of(32), 0);
            file.extend(data);
        }
        (file, header)
    }

    /// Writes the file to a temporary folder.
    pub(crate) fn write(&self) -> NamedTempFile {
        written(&self.bytes().0)
    }

    /// Writes the file, calls `read` with its path, and returns the result.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Path) -> T) -> T {
        read(self.write().path())
    }
}

/// Returns a temporary file with these bytes.
pub(crate) fn written(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    file
}

/// Returns the tokens of the vocabulary: three control tokens, the 256 bytes, and two merged
/// tokens.
fn vocabulary() -> Vec<String> {
    let control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"].map(str::to_owned);
    let visible = (b'!'..=b'~').chain(0xA1..=0xAC).chain(0xAE..=0xFF).map(char::from);
    let substitutes = ('\u{100}'..).take(256 - visible.clone().count());
    let bytes = visible.chain(substitutes).map(String::from);
    control.into_iter().chain(bytes).chain(["th".to_owned(), "Ġth".to_owned()]).collect()
}

fn put_text(file: &mut Vec<u8>, text: &str) {
    file.extend((text.len() as u64).to_le_bytes());
    file.extend(text.as_bytes());
}

fn put_value(file: &mut Vec<u8>, value: &Meta) {
    let mut put_kind =
        |kinds: &[u32]| kinds.iter().for_each(|kind| file.extend(kind.to_le_bytes()));
    match value {
        Meta::U32(number) => {
            put_kind(&[4]);
            file.extend(number.to_le_bytes());
        }
        Meta::F32(number) => {
            put_kind(&[6]);
            file.extend(number.to_le_bytes());
        }
        Meta::Bool(value) => {
            put_kind(&[7]);
            file.push(u8::from(*value));
        }
        Meta::Text(text) => {
            put_kind(&[8]);
            put_text(file, text);
        }
        Meta::Texts(texts) => {
            put_kind(&[9, 8]);
            file.extend((texts.len() as u64).to_le_bytes());
            texts.iter().for_each(|text| put_text(file, text));
        }
        Meta::I32s(numbers) => {
            put_kind(&[9, 5]);
            file.extend((numbers.len() as u64).to_le_bytes());
            numbers.iter().for_each(|number| file.extend(number.to_le_bytes()));
        }
        Meta::F32s(numbers) => {
            put_kind(&[9, 6]);
            file.extend((numbers.len() as u64).to_le_bytes());
            numbers.iter().for_each(|number| file.extend(number.to_le_bytes()));
        }
    }
}
