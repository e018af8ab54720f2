//! Reads GGUF files. The header is read and checked completely when a file is opened. Tensors are
//! read one by one on demand.
//!
//! The file is untrusted. Each count, length, offset and size is compared with the length of the
//! file before memory is allocated. A truncated file is detected when the file is opened, before
//! the slow work of loading starts.

use super::{
    reader::Reader,
    tensor::{self, TensorInfo},
    value::{FromValue, Value},
};
use crate::error::LocalError;
use candle_core::quantized::QTensor;
use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

const MAGIC: [u8; 4] = *b"GGUF";
const DEFAULT_ALIGNMENT: u32 = 32;
/// The maximum alignment of the data in bytes. Real files use 32 or 64 bytes. Without this limit,
/// an invalid value could move the start of the data by gigabytes.
const ALIGNMENT_LIMIT: u32 = 1 << 16;

/// An open GGUF file.
#[derive(Debug)]
pub(crate) struct Gguf {
    path: PathBuf,
    file: File,
    metadata: HashMap<String, Value>,
    tensors: HashMap<String, TensorInfo>,
}

impl Gguf {
    /// Opens a file, and reads and checks its header.
    pub(crate) fn open(path: &Path) -> Result<Self, LocalError> {
        let file = File::open(path).map_err(LocalError::read(path))?;
        let length = file.metadata().map_err(LocalError::read(path))?.len();
        let mut reader = Reader::new(path, BufReader::new(&file), length);
        check_magic(path, &mut reader)?;
        check_version(path, reader.u32("the version")?)?;

        let tensor_count = reader.u64("the number of tensors")?;
        let value_count = reader.u64("the number of metadata values")?;
        // An entry takes at least 13 bytes: the length of its key (8), its type (4) and its value
        // (1).
        let value_count = reader.room_for(value_count, 13, "the metadata")?;
        let mut metadata = HashMap::new();
        for _ in 0..value_count {
            let key = reader.text("a metadata key")?;
            let value = reader.value(&key)?;
            metadata.insert(key, value);
        }

        let tensor_count =
            reader.room_for(tensor_count, tensor::LEAST_HEADER, "the tensor list")?;
        let mut list = Vec::new();
        for _ in 0..tensor_count {
            list.push(TensorInfo::read(path, &mut reader)?);
        }
        let header = reader.offset();
        drop(reader);

        let mut gguf = Self { path: path.to_owned(), file, metadata, tensors: HashMap::new() };
        let data = header.next_multiple_of(gguf.alignment(header)?);
        for (name, info) in list {
            let info = info.place(path, &name, data, length)?;
            gguf.tensors.insert(name, info);
        }
        Ok(gguf)
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the metadata value of `key`, if the file contains the key. Fails if the value does
    /// not have the type `T`.
    pub(crate) fn get<'v, T: FromValue<'v>>(&'v self, key: &str) -> Result<Option<T>, LocalError> {
        let Some(value) = self.metadata.get(key) else { return Ok(None) };
        match T::from_value(value) {
            Some(value) => Ok(Some(value)),
            None => Err(self.broken(format!("the value of {key} is not {}", T::NAME))),
        }
    }

    /// Returns the metadata value of `key`. Fails if the value is missing or does not have the type
    /// `T`.
    pub(crate) fn require<'v, T: FromValue<'v>>(&'v self, key: &str) -> Result<T, LocalError> {
        self.get(key)?
            .ok_or_else(|| LocalError::missing(&self.path, format!("metadata key {key:?}")))
    }

    /// Returns the header of the tensor `name`, if the file contains the tensor.
    pub(crate) fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.get(name)
    }

    /// Returns the names of all tensors, in no particular order.
    pub(crate) fn tensor_names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Reads the data of the tensor `name`.
    pub(crate) fn load(&self, name: &str) -> Result<QTensor, LocalError> {
        let Some(info) = self.tensor(name) else {
            return Err(LocalError::missing(&self.path, format!("tensor {name:?}")));
        };
        let mut file = &self.file;
        file.seek(SeekFrom::Start(info.offset())).map_err(LocalError::read(&self.path))?;
        info.load(&self.path, file)
    }

    /// Creates an error for an inconsistent header. `what` describes the problem.
    pub(crate) fn broken(&self, what: impl Into<String>) -> LocalError {
        LocalError::broken(&self.path, what)
    }

    fn alignment(&self, header: u64) -> Result<u64, LocalError> {
        let alignment = self.get("general.alignment")?.unwrap_or(DEFAULT_ALIGNMENT);
        if !alignment.is_power_of_two() || alignment > ALIGNMENT_LIMIT {
            let what =
                format!("general.alignment is {alignment}, which is not a supported power of two");
            return Err(LocalError::broken_at(&self.path, what, header));
        }
        Ok(alignment.into())
    }
}

fn check_magic<R: Read>(path: &Path, reader: &mut Reader<'_, R>) -> Result<(), LocalError> {
    let found: [u8; 4] = reader.take("the magic number")?;
    if found == MAGIC {
        return Ok(());
    }
    let found = found.escape_ascii().to_string();
    Err(LocalError::NotGguf { path: path.to_owned(), found })
}

fn check_version(path: &Path, version: u32) -> Result<(), LocalError> {
    let what = match version {
        2 | 3 => return Ok(()),
        // The version is the first number of the file. If the version is valid after its bytes are
        // swapped, the file has the other byte order.
        _ if matches!(version.swap_bytes(), 2 | 3) => "big-endian GGUF".to_owned(),
        _ => format!("GGUF version {version}"),
    };
    Err(LocalError::unsupported(path, what, "GGUF versions 2 and 3, little-endian"))
}
