//! Reads the tensors of a file: their headers and their data.

use super::reader::Reader;
use crate::error::LocalError;
use candle_core::{
    Device,
    quantized::{GgmlDType, QTensor, ggml_file::qtensor_from_ggml},
};
use std::{io::Read, path::Path};

/// The minimum size of an entry of the tensor list in bytes: the length of the name, the number of
/// dimensions, one dimension, the type and the offset.
pub(super) const LEAST_HEADER: u64 = 8 + 4 + 8 + 4 + 8;

const DIMENSION_LIMIT: u32 = 4;

/// The number of values in a block of `Q8_0`, the format to which some other formats are converted.
const WORKING_BLOCK: usize = 32;

/// The approximate number of bytes of a tensor that are read at once when its format is converted.
const CHUNK: usize = 1 << 20;

const SUPPORTED: &str =
    "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K";

/// The header of a tensor.
#[derive(Debug)]
pub(crate) struct TensorInfo {
    format: GgmlDType,
    shape: Vec<usize>,
    offset: u64,
    size: usize,
}

impl TensorInfo {
    /// Reads an entry of the tensor list: the name and the header of a tensor. The offset in the
    /// header is still relative to the start of the data.
    pub(super) fn read<R: Read>(
        path: &Path,
        reader: &mut Reader<'_, R>,
    ) -> Result<(String, Self), LocalError> {
        let name = reader.text("a tensor name")?;
        let rank = reader.u32(&name)?;
        if rank == 0 || rank > DIMENSION_LIMIT {
            return Err(reader.broken(format!("tensor {name} has {rank} dimensions")));
        }
        let mut shape = Vec::new();
        for _ in 0..rank {
            let dimension = reader.u64(&name)?;
            match usize::try_from(dimension) {
                Ok(dimension) if dimension > 0 => shape.push(dimension),
                _ => return Err(reader.broken(format!("tensor {name} has a size of {dimension}"))),
            }
        }
        // The file lists the fastest-varying dimension first, and candle expects it last.
        shape.reverse();

        let code = reader.u32(&name)?;
        let Some(format) = format(code) else {
            let what = format!("tensor {name} has the type {code}, which");
            return Err(LocalError::unsupported(path, what, SUPPORTED));
        };
        let offset = reader.u64(&name)?;
        let Some(size) = size(format, &shape) else {
            return Err(reader.broken(format!("tensor {name} has the invalid shape {shape:?}")));
        };
        Ok((name, Self { format, shape, offset, size }))
    }

    /// Converts the offset to a position in the file, and checks that the file contains the
    /// complete tensor.
    pub(super) fn place(
        self,
        path: &Path,
        name: &str,
        data: u64,
        length: u64,
    ) -> Result<Self, LocalError> {
        let start = data.checked_add(self.offset);
        let end = start.and_then(|start| start.checked_add(self.size as u64));
        match (start, end) {
            (Some(offset), Some(end)) if end <= length => Ok(Self { offset, ..self }),
            _ => {
                let what = format!("tensor {name} exceeds the end of the file, which is truncated");
                Err(LocalError::broken_at(path, what, length))
            }
        }
    }

    /// Returns the dimensions. The fastest-varying dimension is the last.
    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the position of the data in the file.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the data of the tensor from the current position of `input`, and converts it to its
    /// [`working_format`].
    pub(super) fn load(&self, path: &Path, mut input: impl Read) -> Result<QTensor, LocalError> {
        let working = working_format(self.format, &self.shape);
        if working == self.format {
            let data = read(path, &mut input, self.size)?;
            return Ok(qtensor_from_ggml(working, &data, self.shape.clone(), &Device::Cpu)?);
        }

        // Convert in chunks, because a complete embedding table would take hundreds of megabytes as
        // floats.
        let elements: usize = self.shape.iter().product();
        let mut data = Vec::with_capacity(elements / working.block_size() * working.type_size());
        let step = WORKING_BLOCK / self.format.block_size() * self.format.type_size();
        let step = CHUNK / step * step;
        let mut left = self.size;
        while left > 0 {
            let piece = left.min(step);
            let raw = read(path, &mut input, piece)?;
            let length = piece / self.format.type_size() * self.format.block_size();
            let stored = qtensor_from_ggml(self.format, &raw, vec![length], &Device::Cpu)?;
            let recoded = QTensor::quantize(&stored.dequantize(&Device::Cpu)?, working)?;
            data.extend_from_slice(&recoded.data()?);
            left -= piece;
        }
        Ok(qtensor_from_ggml(working, &data, self.shape.clone(), &Device::Cpu)?)
    }
}

/// Returns the format in which a tensor is stored in memory. `stored` is its format in the file.
///
/// Matrices in some formats are converted to `Q8_0`, because on most processors, matrix products in
/// these formats are several times slower than in `Q8_0`. `Q8_0` represents values of four or five
/// bits almost exactly, and values of sixteen bits well enough. Vectors are not converted, because
/// they are only decoded and never multiplied.
fn working_format(stored: GgmlDType, shape: &[usize]) -> GgmlDType {
    use GgmlDType::{BF16, F16, Q4_1, Q5_0, Q5_1, Q8_0};
    let fits = |columns: &usize| columns.is_multiple_of(Q8_0.block_size());
    match (stored, shape) {
        (Q4_1 | Q5_0 | Q5_1 | F16 | BF16, [_, columns]) if fits(columns) => Q8_0,
        _ => stored,
    }
}

fn format(code: u32) -> Option<GgmlDType> {
    Some(match code {
        0 => GgmlDType::F32,
        1 => GgmlDType::F16,
        2 => GgmlDType::Q4_0,
        3 => GgmlDType::Q4_1,
        6 => GgmlDType::Q5_0,
        7 => GgmlDType::Q5_1,
        8 => GgmlDType::Q8_0,
        10 => GgmlDType::Q2K,
        11 => GgmlDType::Q3K,
        12 => GgmlDType::Q4K,
        13 => GgmlDType::Q5K,
        14 => GgmlDType::Q6K,
        30 => GgmlDType::BF16,
        _ => return None,
    })
}

/// Returns the size of a tensor in bytes. Returns `None` if a row does not consist of complete
/// blocks, or if the size overflows.
fn size(format: GgmlDType, shape: &[usize]) -> Option<usize> {
    let row = *shape.last()?;
    if !row.is_multiple_of(format.block_size()) {
        return None;
    }
    let elements = shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size))?;
    (elements / format.block_size()).checked_mul(format.type_size())
}

fn read(path: &Path, input: &mut impl Read, size: usize) -> Result<Vec<u8>, LocalError> {
    let mut data = vec![0; size];
    input.read_exact(&mut data).map_err(LocalError::read(path))?;
    Ok(data)
}
