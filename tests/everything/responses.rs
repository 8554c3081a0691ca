//! Answers of every kind.

use hyperpoint::Answer;
use hyperpoint::ETag;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

use super::endpoint::endpoint;

pub(super) fn add(host: Host) -> Host {
    host.endpoint::<Find>().endpoint::<Report>().endpoint::<NoContent>().endpoint::<Other>()
}

/// A user.
#[derive(Serialize, JsonSchema)]
struct User {
    name: String,
    age: Option<u8>,
}

/// What is found.
#[derive(Answer)]
enum Found {
    #[answer(200)]
    User(User),
    #[answer(202)]
    Later,
    #[answer(410)]
    Gone(String),
}

#[derive(Deserialize, JsonSchema)]
struct Id {
    id: u8,
}

endpoint! {
    /// Finds a user.
    Find(Id) -> Found {
        |config| {
            config.get("/users/{id}");
            config.allow_anonymous();
            config.refuses([404]);
        }
    }
    |Id { id }, cx| {
        let found = match id {
            0..=63 => Found::User(User { name: "ann".to_owned(), age: None }),
            64..=127 => Found::Later,
            128..=191 => Found::Gone("since monday".to_owned()),
            _ => return cx.send.not_found_async().await,
        };
        cx.send.answer_async(found).await
    }
}

endpoint! {
    /// Downloads a report.
    Report(()) -> () {
        |config| {
            config.get("/report");
            config.allow_anonymous();
            config.answers_media(200, "text/csv");
            config.answers_empty(304);
            config.answer_header(200, "ETag", "The version of the report.");
        }
    }
    |(), cx| {
        let etag = ETag::strong("1").map_err(Problem::from)?;
        cx.send.etag(etag).bytes_async("a,b\n1,2\n", "text/csv").await
    }
}

endpoint! {
    NoContent(()) -> () {
        |config| {
            config.delete("/report");
            config.authenticated();
            config.answers_empty(204);
        }
    }
    |(), cx| cx.send.no_content_async().await
}

mod other {
    use hyperpoint::prelude::*;

    /// A user of another kind, with the same name as that above.
    #[derive(Serialize, JsonSchema)]
    pub(super) struct User {
        pub(super) id: Uuid,
    }
}

endpoint! {
    Other(()) -> other::User {
        |config| {
            config.get("/others");
            config.allow_anonymous();
        }
    }
    |(), cx| cx.send.ok_async(other::User { id: Uuid::nil() }).await
}
