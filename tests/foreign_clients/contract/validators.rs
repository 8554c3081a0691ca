//! Validators of OpenAPI documents, in both versions.

use serde_json::{Value, json};

use super::documents::Documents;
use super::tool::{of_node, run};

#[tokio::test]
async fn validators_accept_every_document_and_refuse_a_broken_one() {
    let documents = Documents::of_everything();
    documents.add_example("orders").await;
    documents.add_example("chat").await;
    documents.add_example("llm").await;
    let all = documents.all();
    assert_eq!(all.len(), 8);
    let list: Vec<_> = ["lint"].into_iter().chain(all.iter().map(String::as_str)).collect();
    let ended = run(&of_node("redocly"), &list).await;
    assert!(ended.is_success, "{}", ended.text);
    for document in &all {
        let ended = run(&of_node("validate-api"), &[document]).await;
        assert!(
            ended.is_success && ended.text.contains("\"valid\": true"),
            "{document}: {}",
            ended.text
        );
    }

    for (name, broken) in broken(&documents) {
        let path = documents.write(&format!("broken-{name}.json"), &broken.to_string());
        let path = path.to_str().unwrap();
        let by_redocly = run(&of_node("redocly"), &["lint", path]).await;
        let by_schema = run(&of_node("validate-api"), &[path]).await;
        assert!(!by_redocly.is_success, "{name}: {}", by_redocly.text);
        assert!(!by_schema.text.contains("\"valid\": true"), "{name}: {}", by_schema.text);
    }
}

/// Returns the document in each version, broken on purpose.
fn broken(documents: &Documents) -> [(&'static str, Value); 2] {
    let mut in_3_1 = documents.read("everything-3.1.json");
    in_3_1["paths"]["/search"]["get"]["parameters"][0]["in"] = json!("nowhere");
    let mut in_3_2 = documents.read("everything-3.2.json");
    let stream = &mut in_3_2["paths"]["/steps"]["get"]["responses"]["200"];
    stream["content"]["text/event-stream"]["itemSchema"] = json!(["not a schema"]);
    [("3.1", in_3_1), ("3.2", in_3_2)]
}
