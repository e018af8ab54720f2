//! [`FaultyDisk`]: storage of a database that becomes full.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::StorageBackend;

/// Storage in memory that becomes full after a number of bytes was written. A clone is a handle to
/// the same content.
#[derive(Clone, Debug)]
pub(crate) struct FaultyDisk {
    content: Arc<Mutex<Vec<u8>>>,
    /// The number of bytes that can still be written.
    left: Arc<Mutex<u64>>,
}

impl FaultyDisk {
    pub(crate) fn new(left: u64) -> Self {
        Self { content: Arc::default(), left: Arc::new(Mutex::new(left)) }
    }

    /// Returns the same content on a disk with as much space as needed.
    pub(crate) fn with_space(&self) -> Self {
        let left = Arc::new(Mutex::new(u64::MAX));
        Self { content: Arc::new(Mutex::new(self.content().clone())), left }
    }

    /// Returns a disk with the same content and the same space, which changes independently.
    pub(crate) fn fork(&self) -> Self {
        let left = Arc::new(Mutex::new(*self.left()));
        Self { content: Arc::new(Mutex::new(self.content().clone())), left }
    }

    /// Returns the number of bytes that were written to a disk that had `u64::MAX` bytes left.
    pub(crate) fn written(&self) -> u64 {
        u64::MAX - *self.left()
    }

    fn content(&self) -> MutexGuard<'_, Vec<u8>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left(&self) -> MutexGuard<'_, u64> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn outside() -> io::Error {
    io::Error::from(io::ErrorKind::UnexpectedEof)
}

impl StorageBackend for FaultyDisk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.content().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| outside())?;
        let content = self.content();
        let bytes = content.get(start..start + out.len()).ok_or_else(outside)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.content().resize(usize::try_from(len).map_err(|_| outside())?, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        match *self.left() {
            0 => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut left = self.left();
        // The beginning of the data may be written before the disk is full.
        let fits = usize::try_from(*left).unwrap_or(usize::MAX).min(data.len());
        *left -= fits as u64;
        let start = usize::try_from(offset).map_err(|_| outside())?;
        let mut content = self.content();
        let place = content.get_mut(start..start + fits).ok_or_else(outside)?;
        place.copy_from_slice(&data[..fits]);
        if fits == data.len() { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}
