//! Writes results to a file or to standard output.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
};

use serde::Serialize;

use crate::{
    arguments::Color,
    exit::{self, Failure, Result},
};

/// Calls `write` with a file, or with standard output if there is none.
///
/// The content is written to a temporary file first, which then replaces `file`. If writing fails,
/// an existing file therefore stays unchanged. The file keeps its permissions, and a symbolic link
/// keeps pointing to it.
pub(crate) fn write_to(
    file: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let Some(path) = file else {
        return print(write);
    };
    let name = format!("`{}`", path.display());
    let failed = |error: io::Error| Failure::new(format!("failed to write {name}: {error}"));
    // Write directly to a device such as `/dev/stdout`, because a file cannot replace it, and to a
    // symbolic link without a target, because there is no content to keep.
    if !path.is_file() && (path.exists() || path.is_symlink()) {
        let mut out = BufWriter::new(File::create(path).map_err(failed)?);
        exit::of_writing(write(&mut out).and_then(|()| out.flush()), &name)?;
        return Ok(());
    }
    let replaced = if path.is_file() { Some(path.canonicalize().map_err(failed)?) } else { None };
    let path = replaced.as_deref().unwrap_or(path);
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.unfinished", std::process::id()));
    let unfinished = Path::new(&unfinished);
    let written = File::create(unfinished).and_then(|file| {
        // Set the permissions first, so that other users cannot read a private file while it is
        // written.
        if let Some(replaced) = &replaced {
            file.set_permissions(std::fs::metadata(replaced)?.permissions())?;
        }
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()?;
        std::fs::rename(unfinished, path)
    });
    written.map_err(|error| {
        // Ignore this error, because the first error is the cause and is reported.
        let _ = std::fs::remove_file(unfinished);
        failed(error)
    })
}

/// Calls `write` with standard output.
pub(crate) fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    exit::of_writing(write(&mut out).and_then(|()| out.flush()), "to standard output")?;
    Ok(())
}

/// Prints a value as one line of JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(|out| {
        serde_json::to_writer(&mut *out, value)?;
        writeln!(out)
    })
}

impl Color {
    /// Returns whether to write colours to a stream that is, or is not, a terminal.
    ///
    /// The decision follows the conventions for environment variables of <https://no-color.org> and
    /// <https://bixense.com/clicolors>.
    pub(crate) fn wanted(self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if std::env::var("CLICOLOR_FORCE").is_ok_and(|value| value != "0") => true,
            Self::Auto => terminal && std::env::var("TERM").as_deref() != Ok("dumb"),
        }
    }

    /// Returns whether to write colours to standard output.
    pub(crate) fn on_stdout(self) -> bool {
        self.wanted(io::stdout().is_terminal())
    }
}
