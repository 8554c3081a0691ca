//! Typed clients, by generators that others keep, of the documents of `orders` and `llm`.

use std::path::Path;

use tempfile::TempDir;

use super::tool::{in_repository, of_node, run};
use crate::examples::process::{Example, program_of};

#[tokio::test]
async fn generated_clients_sign_in_order_and_read_typed_events() {
    clients_run_as_typed("orders").await;
}

#[tokio::test]
async fn generated_clients_read_typed_answers_of_a_model_whole_and_streamed() {
    clients_run_as_typed("llm").await;
}

/// Generates both clients of an example, compiles the programs that use them, and runs them against it.
async fn clients_run_as_typed(example: &str) {
    let folder = TempDir::with_prefix("hyperpoint-clients-").unwrap();
    let program = program_of(example).await;
    generate(folder.path(), example, &program).await;
    let at = folder.path().to_str().unwrap();
    let checked = run(&of_node("tsc"), &["--project", at]).await;
    assert!(checked.is_success, "{}", checked.text);
    let running = Example::start(&program, "127.0.0.1:0").await;
    let url = format!("http://{}", running.address);
    for client in ["with-fetch.js", "with-hey.js"] {
        let script = format!("{at}/built/{client}");
        let ended = run(Path::new("node"), &[&script, &url]).await;
        assert!(ended.is_success && ended.text.contains("as typed"), "{client}: {}", ended.text);
    }
}

/// Writes the programs and the generated clients into this folder.
async fn generate(folder: &Path, example: &str, program: &Path) {
    let of_tests = in_repository("tests/node/contract");
    let of_example = of_tests.join(example);
    let sources = ["with-fetch.ts", "with-hey.ts"].map(|name| of_example.join(name));
    let sources = [&sources[..], &[of_tests.join("tsconfig.json")]].concat();
    let typed = in_repository("docs/guide/typed-event-source.ts");
    for source in sources.iter().chain([&typed]) {
        std::fs::copy(source, folder.join(source.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.join("package.json"), r#"{ "type": "commonjs" }"#).unwrap();
    let packages = in_repository("tests/node/node_modules").canonicalize().unwrap();
    std::os::unix::fs::symlink(packages, folder.join("node_modules")).unwrap();
    let document = run(program, &["--openapi"]).await;
    assert!(document.is_success, "{}", document.text);
    let file = folder.join("openapi.json");
    std::fs::write(&file, document.text).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (file, schema, hey) = (file.to_str().unwrap(), path("fetch/schema.d.ts"), path("hey"));
    let made = run(&of_node("openapi-typescript"), &[file, "--output", &schema]).await;
    assert!(made.is_success, "{}", made.text);
    let arguments =
        ["--input", file, "--output", &hey, "--client", "@hey-api/client-fetch", "--silent"];
    let made = run(&of_node("openapi-ts"), &arguments).await;
    assert!(made.is_success, "{}", made.text);
}
