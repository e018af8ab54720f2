//! A recording that is being written.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
};

use runnable_core::ErrorKind;

use super::{
    case::{BODY, Head, REQUEST, RESPONSE},
    recorded_request::Asking,
    shelf::Shelf,
};
use crate::{
    masking::MaskedBytes,
    response::{Encoding, Gunzip, PIECE},
};

/// A recording that is being written. It has a name of its own until it is complete.
pub(super) struct OpenCase {
    folder: PathBuf,
    number: u64,
    name: String,
    masked: MaskedBytes,
    /// The file of the body, once some of it has come.
    file: Option<File>,
    written: u64,
    encoding: Encoding,
    /// Why the body cannot be written down any further.
    broken: Option<io::Error>,
}

impl OpenCase {
    pub(super) fn begin(shelf: &mut Shelf, asking: &Asking) -> io::Result<Self> {
        let asked = asking.asked();
        let name = asked.name();
        let (folder, number) = shelf.begin(&name)?;
        fs::write(folder.join(REQUEST), asked.write())?;
        Ok(Self {
            folder,
            number,
            name,
            masked: MaskedBytes::new(asking.secrets()),
            file: None,
            written: 0,
            encoding: Encoding::None,
            broken: None,
        })
    }

    /// The answer has begun. Compressed bytes are undone, as a secret could not be found in them.
    pub(super) fn answered(&mut self, head: &Head) {
        self.encoding = Encoding::of(&head.headers);
    }

    /// Adds a piece of the body.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.broken.is_some() {
            return Ok(());
        }
        match &mut self.encoding {
            Encoding::None => self.put(bytes),
            Encoding::Gzip(_) => {
                bytes.chunks(PIECE).try_for_each(|packed| self.undone(|gunzip| gunzip.push(packed)))
            }
            Encoding::Unknown(_) => Ok(()),
        }
    }

    fn undone(
        &mut self,
        undo: impl FnOnce(&mut Gunzip) -> io::Result<bytes::Bytes>,
    ) -> io::Result<()> {
        let Encoding::Gzip(gunzip) = &mut self.encoding else { return Ok(()) };
        if self.broken.is_some() {
            return Ok(());
        }
        match undo(gunzip) {
            Ok(bytes) => {
                self.broken = gunzip.broken();
                self.put(&bytes)
            }
            Err(error) => {
                self.broken = Some(error);
                Ok(())
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut masked = Vec::new();
        self.masked.push(bytes, &mut masked);
        self.append(&masked)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            file @ None => file.insert(File::create(self.folder.join(BODY))?),
        };
        file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Writes the rest, and gives the recording its name.
    pub(super) fn end(mut self, shelf: &mut Shelf, head: &Head) -> io::Result<()> {
        if head.complete {
            self.undone(Gunzip::finish)?;
        }
        let mut rest = Vec::new();
        self.masked.finish(&mut rest);
        self.append(&rest)?;
        self.file = None;
        let mut head = head.clone();
        match &self.encoding {
            Encoding::None => {}
            Encoding::Gzip(_) => _ = head.headers.remove("content-encoding"),
            Encoding::Unknown(name) => head.omitted = Some(name.clone()),
        }
        if let (Some(error), None) = (&self.broken, &head.error) {
            head.complete = false;
            head.error =
                Some((ErrorKind::Connection, format!("the answer is broken gzip: {error}")));
        }
        fs::write(self.folder.join(RESPONSE), head.write(self.written))?;
        shelf.complete(&self.folder, self.number, &self.name)
    }
}
