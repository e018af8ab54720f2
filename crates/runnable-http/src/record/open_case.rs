//! [`OpenCase`]: a recording that is being written.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
};

use runnable_core::ErrorKind;

use super::{
    case::{BODY, Head, REQUEST, RESPONSE},
    recorded_request::SentRequest,
    shelf::Shelf,
};
use crate::{
    masking::MaskedBytes,
    response::{Encoding, Gunzip, PIECE},
};

/// A recording that is being written. Its folder has a temporary name until the recording is
/// complete.
pub(super) struct OpenCase {
    folder: PathBuf,
    number: u64,
    name: String,
    masked: MaskedBytes,
    /// The file for the body. `None` until a part of the body has been received.
    file: Option<File>,
    written: u64,
    encoding: Encoding,
    /// The error that occurred during decompression. The rest of the body cannot be recorded after
    /// it.
    gzip_error: Option<io::Error>,
}

impl OpenCase {
    pub(super) fn begin(shelf: &mut Shelf, sent: &SentRequest) -> io::Result<Self> {
        let recorded = sent.recorded();
        let name = recorded.name();
        let (folder, number) = shelf.begin(&name)?;
        fs::write(folder.join(REQUEST), recorded.write())?;
        Ok(Self {
            folder,
            number,
            name,
            masked: MaskedBytes::new(sent.secrets()),
            file: None,
            written: 0,
            encoding: Encoding::None,
            gzip_error: None,
        })
    }

    /// Takes the compression of the response from `head`. The body is decompressed before it is
    /// recorded, because secrets cannot be found in compressed bytes.
    pub(super) fn answered(&mut self, head: &Head) {
        self.encoding = Encoding::of(&head.headers);
    }

    /// Adds a chunk of the body.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.gzip_error.is_some() {
            return Ok(());
        }
        match &mut self.encoding {
            Encoding::None => self.put(bytes),
            Encoding::Gzip(_) => {
                bytes.chunks(PIECE).try_for_each(|packed| self.unpack(|gunzip| gunzip.push(packed)))
            }
            Encoding::Unknown(_) => Ok(()),
        }
    }

    fn unpack(
        &mut self,
        unpack_with: impl FnOnce(&mut Gunzip) -> io::Result<bytes::Bytes>,
    ) -> io::Result<()> {
        let Encoding::Gzip(gunzip) = &mut self.encoding else { return Ok(()) };
        if self.gzip_error.is_some() {
            return Ok(());
        }
        match unpack_with(gunzip) {
            Ok(bytes) => {
                self.gzip_error = gunzip.broken();
                self.put(&bytes)
            }
            Err(error) => {
                self.gzip_error = Some(error);
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

    /// Writes the rest of the body, and gives the recording its final name.
    pub(super) fn end(mut self, shelf: &mut Shelf, head: &Head) -> io::Result<()> {
        if head.complete {
            self.unpack(Gunzip::finish)?;
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
        if let (Some(error), None) = (&self.gzip_error, &head.error) {
            head.complete = false;
            head.error = Some((
                ErrorKind::Connection,
                format!("invalid gzip data in the response: {error}"),
            ));
        }
        fs::write(self.folder.join(RESPONSE), head.write(self.written))?;
        shelf.complete(&self.folder, self.number, &self.name)
    }
}
