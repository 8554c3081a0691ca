//! What `cargo metadata` says of the packages, as types; it judges nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

/// The packages of the workspace and all they depend on.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    /// From a package's id to the ids it needs at run time: neither tests nor build scripts.
    pub(crate) normal: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    pub(crate) manifest: PathBuf,
    pub(crate) is_ours: bool,
    /// Names of the packages in its manifest, but for `[dev-dependencies]`.
    pub(crate) dependencies: Vec<String>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Target {
    pub(crate) source: PathBuf,
    pub(crate) is_proc_macro: bool,
}

impl Metadata {
    /// Asks cargo; with a lock file, as it is locked.
    pub(crate) fn load(root: &Root) -> Result<Self> {
        let locked = if root.join("Cargo.lock").is_file() { " --locked" } else { "" };
        let line =
            CommandLine::new(format!("cargo metadata --format-version 1 --all-features{locked}"));
        Self::parse(&line.output(root.path())?)
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Failure::new(format!("cargo metadata gave no JSON: {error}")))?;
        let packages: Vec<Package> = list(&value, "/packages").map(package).collect();
        let normal = list(&value, "/resolve/nodes").map(normal_edges).collect();
        Ok(Self { packages, normal })
    }

    pub(crate) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_ours)
    }
}

fn package(value: &Value) -> Package {
    let dependencies = list(value, "/dependencies")
        .filter(|dependency| dependency["kind"] != "dev")
        .map(|dependency| text(dependency, "/name"))
        .collect();
    Package {
        id: text(value, "/id"),
        name: text(value, "/name"),
        version: text(value, "/version"),
        licence: value["license"].as_str().map(String::from),
        manifest: text(value, "/manifest_path").into(),
        // A package of a registry or of git has a source; a package of this folder has none.
        is_ours: value["source"].is_null(),
        dependencies,
        targets: list(value, "/targets").map(target).collect(),
    }
}

fn target(value: &Value) -> Target {
    Target {
        source: text(value, "/src_path").into(),
        is_proc_macro: list(value, "/kind").any(|kind| kind == "proc-macro"),
    }
}

fn normal_edges(node: &Value) -> (String, Vec<String>) {
    let needed = list(node, "/deps")
        .filter(|edge| list(edge, "/dep_kinds").any(|kind| kind["kind"].is_null()))
        .map(|edge| text(edge, "/pkg"))
        .collect();
    (text(node, "/id"), needed)
}

fn list<'a>(value: &'a Value, place: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(place).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, place: &str) -> String {
    value.pointer(place).and_then(Value::as_str).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::Metadata;

    const SAMPLE: &str = r#"{
        "packages": [
            {"id": "a 1", "name": "a", "version": "1.0.0", "license": "MIT", "source": null,
             "manifest_path": "/w/a/Cargo.toml",
             "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}],
             "targets": [{"kind": ["proc-macro"], "src_path": "/w/a/src/lib.rs"}]},
            {"id": "b 2", "name": "b", "version": "2.0.0", "license": null, "source": "registry",
             "dependencies": [], "targets": []}
        ],
        "resolve": {"nodes": [{"id": "a 1", "deps": [
            {"pkg": "b 2", "dep_kinds": [{"kind": null}, {"kind": "dev"}]},
            {"pkg": "c 3", "dep_kinds": [{"kind": "build"}]}
        ]}]}
    }"#;

    #[test]
    fn tests_and_build_scripts_are_no_normal_edges() {
        let metadata = Metadata::parse(SAMPLE).unwrap();
        assert_eq!(metadata.normal["a 1"], ["b 2"]);
        let ours: Vec<_> = metadata.ours().collect();
        assert_eq!(ours.len(), 1);
        assert_eq!(ours[0].dependencies, ["b"]);
        assert!(ours[0].targets[0].is_proc_macro);
        assert_eq!(metadata.packages[1].licence, None);
        assert!(Metadata::parse("nothing").is_err());
    }
}
