//! The keys and values of the tokens seen so far, for one layer of one session.

use crate::error::LocalError;
use candle_core::{DType, Device, Tensor};

/// Keys and values, each of the shape (head, position, component).
#[derive(Default)]
pub(super) struct Cache {
    keys: Store,
    values: Store,
}

impl Cache {
    /// Puts the keys and values of some tokens at `position`, and returns all up to their end.
    pub(super) fn put(
        &mut self,
        position: usize,
        keys: &Tensor,
        values: &Tensor,
    ) -> Result<(Tensor, Tensor), LocalError> {
        Ok((self.keys.put(position, keys)?, self.values.put(position, values)?))
    }
}

/// A tensor with room to grow along its second dimension. The room doubles when it is used up, so
/// that a long context is paid for only by those who use it, and a token costs no copy of the rest.
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
