//! Questions of handlers to their clients, in MCP revisions before 2026-07-28. A question is a
//! request on the stream of a call, and the client sends the answer in a separate message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc;
use uuid::Uuid;

/// The questions that wait for an answer. A question is removed when it is answered or its call
/// ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions(Arc<Mutex<HashMap<String, Waiting>>>);

#[derive(Debug)]
struct Waiting {
    /// The user who was asked.
    user: Option<String>,
    /// The id that the handler gave to the question.
    id: Value,
    answers: mpsc::Sender<Value>,
}

/// The questions of one call, which are removed when this value is dropped.
#[derive(Debug)]
pub(crate) struct AskedByCall {
    questions: Questions,
    user: Option<String>,
    answers: mpsc::Sender<Value>,
    ids: Vec<String>,
}

impl Questions {
    /// Creates the questions of a call of this user. The client's answers are sent to `answers`.
    pub(crate) fn of_call(&self, user: Option<&str>, answers: mpsc::Sender<Value>) -> AskedByCall {
        let user = user.map(str::to_owned);
        AskedByCall { questions: self.clone(), user, answers, ids: Vec::new() }
    }

    /// Sends the answer of a client to the handler that asked the question. Returns `false` if no
    /// question of this user waits for it, or if the handler's queue is full or closed.
    pub(crate) fn answer(&self, user: Option<&str>, mut answer: Value) -> bool {
        let id = answer.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut waiting = self.lock();
        // A user cannot answer a question to another user.
        if waiting.get(&id).is_none_or(|asked| asked.user.as_deref() != user) {
            return false;
        }
        let Some(asked) = waiting.remove(&id) else { return false };
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("id".to_owned(), asked.id);
        }
        asked.answers.try_send(answer).is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AskedByCall {
    /// Registers a question, and replaces its id by one that is unique in the server and cannot be
    /// guessed.
    pub(crate) fn ask(&mut self, question: &mut Value) {
        let unique = Uuid::new_v4().to_string();
        let Some(id) = question.get_mut("id") else { return };
        let known = std::mem::replace(id, unique.clone().into());
        let waiting = Waiting { user: self.user.clone(), id: known, answers: self.answers.clone() };
        self.questions.lock().insert(unique.clone(), waiting);
        self.ids.push(unique);
    }
}

impl Drop for AskedByCall {
    fn drop(&mut self) {
        let mut waiting = self.questions.lock();
        self.ids.iter().for_each(|id| drop(waiting.remove(id)));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_reaches_its_question_once_and_from_its_user_alone() {
        let questions = Questions::default();
        let (answers, mut received) = mpsc::channel(1);
        let mut call = questions.of_call(Some("ann"), answers);
        let mut question = json!({ "id": 0, "method": "roots/list" });
        call.ask(&mut question);
        let answer = json!({ "id": question["id"], "result": {} });
        assert!(!questions.answer(Some("bob"), answer.clone()));
        assert!(!questions.answer(Some("ann"), json!({ "id": 0, "result": {} })));
        assert!(questions.answer(Some("ann"), answer.clone()));
        assert_eq!(received.try_recv().unwrap(), json!({ "id": 0, "result": {} }));
        assert!(!questions.answer(Some("ann"), answer));
        call.ask(&mut question);
        drop(call);
        assert!(questions.lock().is_empty());
    }
}
