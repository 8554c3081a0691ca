//! The documents, as files.

use std::path::{Path, PathBuf};

use hyperpoint::openapi::DescribeApplication;
use tempfile::TempDir;

use super::tool::run;
use crate::everything::everything;
use crate::examples::process::program_of;

/// The documents in one folder.
pub(super) struct Documents {
    folder: TempDir,
}

impl Documents {
    /// Writes the document of the application that has everything.
    pub(super) fn of_everything() -> Self {
        let documents = Self { folder: TempDir::with_prefix("hyperpoint-contract-").unwrap() };
        let document = everything().build().unwrap().openapi();
        documents.write("everything-3.1.json", &document.to_string());
        documents.write("everything-3.2.json", &document.text_3_2());
        documents
    }

    /// Adds the documents of an example, which it prints.
    pub(super) async fn add_example(&self, name: &str) {
        let program = program_of(name).await;
        for version in ["3.1", "3.2"] {
            let ended = run(&program, &["--openapi", version]).await;
            assert!(ended.is_success, "{}", ended.text);
            self.write(&format!("{name}-{version}.json"), &ended.text);
        }
    }

    /// Writes a file, and returns its path.
    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Returns a document as JSON.
    pub(super) fn read(&self, name: &str) -> serde_json::Value {
        let text = std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Returns the paths of all files.
    pub(super) fn all(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        files.map(|file| path(&file.unwrap().path())).collect()
    }
}
