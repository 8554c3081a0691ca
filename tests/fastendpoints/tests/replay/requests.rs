//! Sends the recorded requests, in their order.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use hyperpoint::bytes::Bytes;
use hyperpoint::http::Method;
use hyperpoint_testing::Client;

use crate::comparing::compare;
use crate::placeholders::Values;
use crate::recording::{Exchange, Part, Sent, SentBody, file};

const BOUNDARY: &str = "----a-boundary-that-no-part-contains";

pub(crate) struct Replay {
    client: Client,
    exchanges: Vec<Exchange>,
    /// The tokens of users, which all tests share.
    tokens: HashMap<String, String>,
}

impl Replay {
    pub(crate) fn new(address: SocketAddr, mut exchanges: Vec<Exchange>) -> Self {
        exchanges.sort_by_key(|exchange| (exchange.run.clone(), exchange.seq));
        Self { client: Client::http1(address), exchanges, tokens: HashMap::new() }
    }

    /// Sends each request. Returns by id what is not as recorded, if anything.
    pub(crate) async fn run(mut self) -> BTreeMap<String, Option<String>> {
        let mut tests: HashMap<(String, String), Values> = HashMap::new();
        let mut results = BTreeMap::new();
        for exchange in self.exchanges.clone() {
            let test = (exchange.run.clone(), exchange.test.clone());
            let values = tests.entry(test).or_default();
            self.sign_in(&exchange, values).await;
            let result = self.send(&exchange, values).await;
            results.insert(exchange.id, result.err());
        }
        results
    }

    /// Gets the tokens that the request has, by the exchanges that answer with them.
    async fn sign_in(&mut self, exchange: &Exchange, values: &mut Values) {
        let issuing = self.exchanges.iter().filter_map(|login| {
            let body = login.response["body"].to_string();
            let (_, name) = body.split_once("<jwt for ")?;
            let name = format!("jwt for {}", name.split_once('>')?.0);
            let placeholder = format!("<{name}>");
            let is_login = login.answers_with(&placeholder) && !login.asks_with(&placeholder);
            (is_login && exchange.asks_with(&placeholder)).then(|| (name, login.clone()))
        });
        let Some((name, login)) = issuing.take(1).next() else {
            return;
        };
        if !self.tokens.contains_key(&name) {
            let mut of_login = Values::default();
            self.send(&login, &mut of_login).await.unwrap_or_else(|why| panic!("{name}: {why}"));
        }
        values.set(&name, self.tokens[&name].clone());
    }

    async fn send(&mut self, exchange: &Exchange, values: &mut Values) -> Result<(), String> {
        let request = &exchange.request;
        let Sent { method, path, query, headers, body } = request;
        let target = values.fill(path) + &values.fill(query.as_deref().unwrap_or_default());
        let mut call = self.client.call(method.parse::<Method>().unwrap(), &target);
        let content_type = headers.iter().find(|(name, _)| name == "Content-Type");
        let content_type = content_type.map_or("", |(_, value)| value);
        let framing = ["content-length", "content-type", "transfer-encoding"];
        for (name, value) in headers {
            if !framing.contains(&&*name.to_ascii_lowercase()) {
                call = call.header(&**name, values.fill(value));
            }
        }
        call = match body {
            Some(SentBody::Json(json)) => {
                call.body(content_type, values.fill_json(json).to_string())
            }
            Some(SentBody::Text(text)) => call.body(content_type, values.fill(text)),
            Some(SentBody::Multipart(parts)) => {
                let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
                call.body(content_type, form(parts, values))
            }
            None if content_type.is_empty() => call,
            None => call.header("content-type", content_type),
        };
        let answer = call.await.map_err(|error| format!("no answer: {error}"))?;
        compare(&exchange.response, &answer, values)?;
        let tokens = values.tokens().map(|(name, token)| (name.to_owned(), token.to_owned()));
        self.tokens.extend(tokens);
        Ok(())
    }
}

fn form(parts: &[Part], values: &mut Values) -> Bytes {
    let mut form = Vec::new();
    for Part { name, filename, content_type, text, bytes } in parts {
        let filename = filename.as_ref().map(|name| format!("; filename=\"{name}\""));
        let content_type = content_type.as_ref().map(|kind| format!("\r\nContent-Type: {kind}"));
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"{}{}\r\n\r\n",
            values.fill(name),
            filename.unwrap_or_default(),
            content_type.unwrap_or_default(),
        );
        form.extend_from_slice(head.as_bytes());
        match text {
            Some(text) => form.extend_from_slice(values.fill(text).as_bytes()),
            None => form.extend_from_slice(&file()[..bytes.unwrap()]),
        }
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    form.into()
}
