//! Metadata values, and the Rust types to which they can be converted.

/// The types of metadata values in a file, in the order of their type codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 8 bits, unsigned.
    U8,
    /// 8 bits, signed.
    I8,
    /// 16 bits, unsigned.
    U16,
    /// 16 bits, signed.
    I16,
    /// 32 bits, unsigned.
    U32,
    /// 32 bits, signed.
    I32,
    /// 32 bits, floating point.
    F32,
    /// A Boolean: one byte, which is zero for `false`.
    Bool,
    /// A string: its length, followed by UTF-8.
    Text,
    /// An array: the type of its elements, their number, and the elements.
    Array,
    /// 64 bits, unsigned.
    U64,
    /// 64 bits, signed.
    I64,
    /// 64 bits, floating point.
    F64,
}

impl Kind {
    /// Returns the type with this type code, if there is one.
    pub(super) fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            8 => Self::Text,
            9 => Self::Array,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => return None,
        })
    }

    /// Returns the size of a value of this type in bytes. For a string or an array, returns the
    /// size of an empty value, which is the minimum.
    pub(super) fn size(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Text => 8,
            Self::Array => 12,
        }
    }

    /// Decodes a scalar of this type. Returns `None` if the type is not a scalar, or if `bytes`
    /// does not have the size of the type.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Value> {
        Some(match self {
            Self::U8 => Value::Int(u8::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::I8 => Value::Int(i8::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::U16 => Value::Int(u16::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::I16 => Value::Int(i16::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::U32 => Value::Int(u32::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::I32 => Value::Int(i32::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::U64 => Value::Int(u64::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::I64 => Value::Int(i64::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::F32 => Value::Float(f32::from_le_bytes(bytes.try_into().ok()?).into()),
            Self::F64 => Value::Float(f64::from_le_bytes(bytes.try_into().ok()?)),
            Self::Bool => Value::Bool(bytes != [0]),
            Self::Text | Self::Array => return None,
        })
    }
}

/// A metadata value.
#[derive(Debug)]
pub(crate) enum Value {
    /// An integer of any type.
    Int(i128),
    /// A floating-point number of any type.
    Float(f64),
    /// A Boolean.
    Bool(bool),
    /// A string.
    Text(String),
    /// An array of scalars.
    Numbers(Numbers),
    /// An array of strings.
    Texts(Vec<String>),
    /// An array of arrays. Its content is not stored, because no metadata key of llama models has
    /// such a value.
    Nested,
}

/// An array of scalars, not yet decoded. If arrays were decoded immediately, a small invalid file
/// could allocate a multiple of its size.
#[derive(Debug)]
pub(crate) struct Numbers {
    kind: Kind,
    bytes: Vec<u8>,
}

impl Numbers {
    /// Creates an array of elements of the type `kind`. `bytes` contains the elements as they are
    /// stored in the file.
    pub(super) fn new(kind: Kind, bytes: Vec<u8>) -> Self {
        Self { kind, bytes }
    }

    fn iter(&self) -> impl Iterator<Item = Value> {
        let size = usize::try_from(self.kind.size()).unwrap_or(1);
        self.bytes.chunks_exact(size).filter_map(|bytes| self.kind.decode(bytes))
    }
}

/// A Rust type to which metadata values can be converted.
pub(crate) trait FromValue<'v>: Sized {
    /// The name of the type in error messages.
    const NAME: &'static str;

    /// Converts the value. Returns `None` if the value has another type or is out of range.
    fn from_value(value: &'v Value) -> Option<Self>;
}

macro_rules! from_value {
    ($type:ty, $name:literal, $pattern:pat => $value:expr) => {
        impl<'v> FromValue<'v> for $type {
            const NAME: &'static str = $name;

            fn from_value(value: &'v Value) -> Option<Self> {
                match value {
                    $pattern => $value,
                    _ => None,
                }
            }
        }
    };
}

from_value!(u32, "a 32-bit number", Value::Int(int) => (*int).try_into().ok());
from_value!(usize, "an unsigned 32-bit integer", Value::Int(int) => {
    u32::try_from(*int).ok()?.try_into().ok()
});
from_value!(bool, "a Boolean", Value::Bool(bool) => Some(*bool));
from_value!(f32, "a floating-point number", Value::Float(float) => Some(*float as Self));
from_value!(&'v str, "a string", Value::Text(text) => Some(text));
from_value!(&'v [String], "an array of strings", Value::Texts(texts) => Some(texts));
from_value!(Vec<u32>, "an array of numbers", Value::Numbers(numbers) => {
    numbers.iter().map(|value| u32::from_value(&value)).collect()
});
from_value!(Vec<f32>, "an array of floating-point numbers", Value::Numbers(numbers) => {
    numbers.iter().map(|value| f32::from_value(&value)).collect()
});
