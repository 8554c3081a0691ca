//! Where the pages load the scripts of htmx and Datastar from.

use std::path::PathBuf;

use hyperpoint::FileRoot;
use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

/// The script of htmx, its extension for event streams, and that of Datastar.
const SOURCES: [Script; 3] = [
    Script {
        file: "htmx.min.js",
        url: "https://cdn.jsdelivr.net/npm/htmx.org@2.0.11/dist/htmx.min.js",
        // `integrity`: the browser runs the file with this hash and no other.
        attributes: "integrity=\"sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg\" crossorigin",
    },
    Script {
        file: "sse.min.js",
        url: "https://cdn.jsdelivr.net/npm/htmx-ext-sse@2.2.4/dist/sse.min.js",
        attributes: "integrity=\"sha384-A986SAtodyH8eg8x8irJnYUk7i9inVQqYigD6qZ9evobksGNIXfeFvDwLSHcp31N\" crossorigin",
    },
    Script {
        file: "datastar.js",
        // Datastar is published as a tag of its repository, and not as a package.
        url: "https://cdn.jsdelivr.net/gh/starfederation/datastar@v1.0.1/bundles/datastar.js",
        attributes: "type=\"module\"",
    },
];

struct Script {
    file: &'static str,
    url: &'static str,
    attributes: &'static str,
}

/// Where scripts come from: from jsDelivr, or from a folder, for a machine without a network.
#[derive(Debug, Default)]
pub struct Scripts {
    folder: Option<FileRoot>,
}

impl Scripts {
    /// Serves `htmx.min.js`, `sse.min.js` and `datastar.js` of this folder.
    ///
    /// # Errors
    ///
    /// If one of these files is missing.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Result<Self, String> {
        let folder = folder.into();
        let mut files = SOURCES.iter().map(|script| folder.join(script.file));
        match files.find(|file| !file.is_file()) {
            Some(file) => Err(format!("there is no file {}", file.display())),
            None => Ok(Self { folder: Some(FileRoot::new(folder)) }),
        }
    }

    /// Returns the elements that load these files.
    pub(super) fn elements(&self, files: &[&str]) -> String {
        let scripts = SOURCES.iter().filter(|script| files.contains(&script.file));
        let elements = scripts.map(|Script { file, url, attributes }| match &self.folder {
            None => format!("<script src=\"{url}\" {attributes}></script>"),
            Some(_) => format!("<script src=\"/scripts/{file}\" {attributes}></script>"),
        });
        elements.collect::<Vec<_>>().join("\n")
    }
}

/// The name of a script.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct NamedScript {
    file: String,
}

/// `GET /scripts/{file}`: a script of the folder.
#[derive(Endpoint)]
pub struct GetScript {
    scripts: Arc<Scripts>,
}

impl Endpoint for GetScript {
    type Request = NamedScript;
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/scripts/{file}");
        config.allow_anonymous();
    }

    async fn handle(&self, NamedScript { file }: NamedScript, cx: Cx<'_, Self>) -> Result {
        let missing = || Problem::new(StatusCode::NOT_FOUND);
        let folder = self.scripts.folder.as_ref().ok_or_else(missing)?;
        cx.send.file_async(folder.file(&file)).await
    }
}
