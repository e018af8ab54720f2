//! A writer that stores a recording in memory.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use runnable_events::Recording;

/// A writer whose content can be read while a recorder writes to it.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    pub(crate) fn recording(&self) -> Recording {
        Recording::read(&self.0.lock().unwrap()[..]).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
