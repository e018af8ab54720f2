//! Metadata values, and what Rust types they can be read as.

/// The types a metadata value can have, in the order of their codes.
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
    /// One byte, zero or not.
    Bool,
    /// A length and UTF-8.
    Text,
    /// A type, a count and the elements.
    Array,
    /// 64 bits, unsigned.
    U64,
    /// 64 bits, signed.
    I64,
    /// 64 bits, floating point.
    F64,
}

impl Kind {
    /// The kind a type code of the file stands for.
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

    /// The bytes a value takes; for a text or an array, those it takes when it is empty.
    pub(super) fn size(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::Text => 8,
            Self::Array => 12,
        }
    }

    /// Reads a scalar; `None` for the kinds that are none, and when the length is not the kind's.
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
    /// Any integer type.
    Int(i128),
    /// Any floating-point type.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A string.
    Text(String),
    /// An array of scalars.
    Numbers(Numbers),
    /// An array of strings.
    Texts(Vec<String>),
    /// An array of arrays: read past, since no key of a llama file has one.
    Nested,
}

/// An array of scalars, kept as it is in the file: decoding it at once would let a small damaged
/// file ask for many times its size.
#[derive(Debug)]
pub(crate) struct Numbers {
    kind: Kind,
    bytes: Vec<u8>,
}

impl Numbers {
    /// Elements of `kind`, one after the other.
    pub(super) fn new(kind: Kind, bytes: Vec<u8>) -> Self {
        Self { kind, bytes }
    }

    fn iter(&self) -> impl Iterator<Item = Value> {
        let size = usize::try_from(self.kind.size()).unwrap_or(1);
        self.bytes.chunks_exact(size).filter_map(|bytes| self.kind.decode(bytes))
    }
}

/// A type that metadata values can be read as.
pub(crate) trait FromValue<'v>: Sized {
    /// What an error calls the type.
    const NAME: &'static str;

    /// Reads the value, unless it is of another type or out of range.
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

from_value!(u32, "a number of 32 bits", Value::Int(int) => (*int).try_into().ok());
from_value!(usize, "a size", Value::Int(int) => u32::try_from(*int).ok()?.try_into().ok());
from_value!(bool, "a truth value", Value::Bool(bool) => Some(*bool));
from_value!(f32, "a floating-point number", Value::Float(float) => Some(*float as Self));
from_value!(&'v str, "a string", Value::Text(text) => Some(text));
from_value!(&'v [String], "an array of strings", Value::Texts(texts) => Some(texts));
from_value!(Vec<u32>, "an array of numbers", Value::Numbers(numbers) => {
    numbers.iter().map(|value| u32::from_value(&value)).collect()
});
from_value!(Vec<f32>, "an array of floating-point numbers", Value::Numbers(numbers) => {
    numbers.iter().map(|value| f32::from_value(&value)).collect()
});
