//! Recordings for the tests.

use std::{
    fs,
    path::{Path, PathBuf},
};

use runnable::{events::Recorder, prelude::*};

/// A recording in its own file.
pub(crate) struct Recorded(PathBuf);

impl Recorded {
    /// Records a call of a chain that greets `name`. The call fails if the name is empty.
    pub(crate) async fn greeting(file: &str, name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli");
        fs::create_dir_all(&folder).expect("the folder can be created");
        let path = folder.join(file);
        // A recorder appends, so remove the recording of the previous test run.
        let _ = fs::remove_file(&path);
        let recorder = Recorder::to_file(&path).expect("the file can be created");
        let greet = try_lambda(|name: String| match &*name {
            "" => Err(Error::new(ErrorKind::InvalidInput, "expected a name")),
            _ => Ok(format!("hello, {name}")),
        });
        let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
        let chain = greet.with_name("greet").pipe(shout).with_name("greeting");
        let config = RunConfig::new().listener(recorder.clone());
        let _ = chain.invoke(name).config(config).await;
        recorder.finish().expect("the recording is complete");
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("the path is UTF-8")
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(&self.0).expect("the recording can be read")
    }
}
