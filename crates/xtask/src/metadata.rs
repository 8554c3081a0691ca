//! Types for the output of `cargo metadata`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;

/// The packages of the workspace and all their dependencies.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    /// Maps the id of each package to the ids of its normal dependencies, without the dependencies
    /// of tests and build scripts.
    pub(crate) normal: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    pub(crate) manifest: PathBuf,
    /// Whether the package belongs to this workspace.
    pub(crate) is_ours: bool,
    /// The names of the dependencies in its manifest, without `[dev-dependencies]`.
    pub(crate) dependencies: Vec<String>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Target {
    pub(crate) source: PathBuf,
    pub(crate) is_proc_macro: bool,
}

impl Metadata {
    /// Runs `cargo metadata`, with `--locked` if there is a lock file.
    ///
    /// # Errors
    ///
    /// Returns an error if cargo fails or prints no JSON.
    pub(crate) fn load(root: &Root) -> Result<Self> {
        let locked = if root.join("Cargo.lock").is_file() { " --locked" } else { "" };
        let line =
            CommandLine::new(format!("cargo metadata --format-version 1 --all-features{locked}"));
        Self::parse(&line.output(root.path())?)
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Failure::new(format!("cargo metadata printed no JSON: {error}")))?;
        let packages: Vec<Package> = list(&value, "/packages").map(package).collect();
        let normal = list(&value, "/resolve/nodes").map(normal_edges).collect();
        Ok(Self { packages, normal })
    }

    /// Returns the packages of this workspace.
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
        // A package from a registry or from git has a source; a package by path has none.
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

/// Returns the id of a package and the ids of its normal dependencies.
fn normal_edges(node: &Value) -> (String, Vec<String>) {
    let needed = list(node, "/deps")
        .filter(|edge| list(edge, "/dep_kinds").any(|kind| kind["kind"].is_null()))
        .map(|edge| text(edge, "/pkg"))
        .collect();
    (text(node, "/id"), needed)
}

/// Returns the array at this JSON pointer (RFC 6901), or an empty iterator if it is absent.
fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// Returns the string at this JSON pointer (RFC 6901), or an empty string if it is absent.
fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().into()
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
    fn dependencies_of_tests_and_build_scripts_are_excluded() {
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
