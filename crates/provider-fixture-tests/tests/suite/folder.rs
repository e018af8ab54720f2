//! A folder of cases for a test.

use std::{fs, path::Path};

use provider_fixture_tests::{Collection, Report, Suite, find};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::echo::Echo;

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Adds a case with a JSON response and its expected result.
    pub(crate) fn whole(self, name: &str, status: u16, body: &Value, expect: Value) -> Self {
        let response = json!({"status": status, "headers": {"content-type": "application/json"}});
        self.write(name, &response, &body.to_string(), &[], expect)
    }

    /// Adds a case with a stream of events.
    pub(crate) fn streamed(self, name: &str, body: &str, expect: Value) -> Self {
        let response = json!({"status": 200, "content_type": "text/event-stream", "headers": {}});
        self.write(name, &response, body, &["stream"], expect)
    }

    fn write(self, name: &str, response: &Value, body: &str, tags: &[&str], expect: Value) -> Self {
        let folder = self.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let write = |file: &str, text: String| fs::write(folder.join(file), text).unwrap();
        write("request.json", json!({"body": {"messages": []}}).to_string());
        write("response.json", response.to_string());
        write("response.body", body.to_owned());
        write("source.json", json!({"tags": tags}).to_string());
        write("expected.json", json!({"expect": expect}).to_string());
        self
    }

    pub(crate) fn remove(self, file: &str) -> Self {
        fs::remove_file(self.path().join(file)).unwrap();
        self
    }

    pub(crate) fn cases(&self) -> Collection {
        find(self.path()).unwrap()
    }

    pub(crate) async fn replay(&self, echo: Echo) -> Report {
        Suite::new(echo).seed(1).run(&self.cases()).await
    }
}
