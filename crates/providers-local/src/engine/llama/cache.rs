//! The attention keys and values of the tokens that one layer of a session has processed.

use crate::error::LocalError;
use candle_core::{DType, Device, Tensor};

/// The keys and values of one layer. Both tensors have the shape (head, position, component).
#[derive(Default)]
pub(super) struct Cache {
    keys: Store,
    values: Store,
}

impl Cache {
    /// Stores the keys and values of consecutive tokens, the first of which is at `position`.
    /// Returns the keys and values of all tokens from the start up to the last of these.
    pub(super) fn put(
        &mut self,
        position: usize,
        keys: &Tensor,
        values: &Tensor,
    ) -> Result<(Tensor, Tensor), LocalError> {
        Ok((self.keys.put(position, keys)?, self.values.put(position, values)?))
    }
}

/// A tensor that grows along its second dimension. When it is full, its capacity doubles.
/// Therefore, only long contexts use much memory, and adding a token usually does not copy the
/// earlier tokens.
#[derive(Default)]
struct Store {
    room: Option<Tensor>,
}

impl Store {
    const LEAST: usize = 64;

    fn put(&mut self, position: usize, new: &Tensor) -> Result<Tensor, LocalError> {
        let (heads, count, width) = new.dims3()?;
        let end = position + count;
        let room = match self.room.take() {
            Some(room) if room.dim(1)? >= end => room,
            old => {
                let length = end.next_power_of_two().max(Self::LEAST);
                let room = Tensor::zeros((heads, length, width), DType::F32, &Device::Cpu)?;
                if let Some(old) = old {
                    room.slice_set(&old, 1, 0)?;
                }
                room
            }
        };
        room.slice_set(&new.contiguous()?, 1, position)?;
        let filled = room.narrow(1, 0, end)?;
        self.room = Some(room);
        Ok(filled)
    }
}
