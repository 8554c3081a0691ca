//! Schemathesis: requests made from the document, whose answers it compares with the document.

use hyperpoint::http::header::SET_COOKIE;

use super::documents::Documents;
use super::tool::{Ended, of_python, run};
use crate::everything::{KEY, everything};
use crate::examples::process::{Example, program_of};

/// What is checked of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// The requests of both applications together.
const REQUESTS: usize = 2_000;

#[tokio::test]
async fn no_answer_is_outside_the_document_in_two_thousand_requests() {
    let everything = everything().bind("127.0.0.1:0").start().await.unwrap();
    let orders = Example::start(&program_of("orders").await, "127.0.0.1:0").await;
    let url = format!("http://{}/openapi-3.2.json", everything.address());
    let key = format!("x-api-key: {KEY}");
    let arguments = ["--header", &key, "--max-examples", "36"];
    let of_everything = test(&url, &arguments);
    let url = format!("http://{}/openapi.json", orders.address);
    let cookie = format!("cookie: {}", session(&orders.address));
    // The feed never ends, and there is no generator of PDF files.
    let arguments = ["--header", &cookie, "--max-examples", "55", "--exclude-path", "/feed"];
    let arguments = [&arguments[..], &["--exclude-operation-id", "putInvoice"]].concat();
    let of_orders = test(&url, &arguments);
    let (of_everything, of_orders) = tokio::join!(of_everything, of_orders);
    let count = passed(&of_everything) + passed(&of_orders);
    println!("{count} requests");
    assert!(count >= REQUESTS, "only {count} requests");
}

#[tokio::test]
async fn an_undocumented_status_is_found() {
    let documents = Documents::of_everything();
    let host = everything().bind("127.0.0.1:0").start().await.unwrap();
    let mut document = documents.read("everything-3.1.json");
    let responses = document["paths"]["/users/{id}"]["get"]["responses"].as_object_mut().unwrap();
    responses.remove("410").unwrap();
    let path = documents.write("lying.json", &document.to_string());
    let url = format!("http://{}", host.address());
    let arguments = ["--url", &url, "--include-path", "/users/{id}", "--max-examples", "40"];
    let ended = test(path.to_str().unwrap(), &arguments).await;
    assert!(!ended.is_success && ended.text.contains("Undocumented status code"), "{}", ended.text);
}

/// Tests the host with requests made from this document, with a fixed seed.
async fn test(document: &str, arguments: &[&str]) -> Ended {
    let own = [
        "run",
        document,
        "--checks",
        CHECKS,
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "7",
        "--generation-database",
        "none",
        "--no-shrink",
        "--request-timeout",
        "20",
        "--suppress-health-check",
        "all",
    ];
    run(&of_python("schemathesis"), &[&own[..], arguments].concat()).await
}

/// Returns how many requests were made, all of which have passed.
fn passed(ended: &Ended) -> usize {
    assert!(ended.is_success, "{}", ended.text);
    let line = ended.text.lines().find(|line| line.contains(" generated, ")).unwrap();
    let mut words = line.split_whitespace();
    let generated: usize = words.next().unwrap().parse().unwrap();
    assert_eq!(line.trim(), format!("{generated} generated, {generated} passed"), "{}", ended.text);
    generated
}

/// Signs a user in who may do everything, and returns the cookie.
fn session(address: &str) -> String {
    let body = r#"{"name":"dora","password":"keys-to-it-all"}"#;
    let request = ureq::post(format!("http://{address}/sign-in"));
    let answer = request.header("content-type", "application/json").send(body).unwrap();
    let cookie = answer.headers()[SET_COOKIE.as_str()].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
