//! Raw bodies, and types that read a request themselves.

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use hyperpoint::prelude::*;
use hyperpoint::{Application, BodyStream, FromRequest, Incoming, Raw};
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::{ask, endpoint};

#[derive(Debug, Deserialize, JsonSchema)]
struct Delivery {
    room: u32,
    #[serde(rename = "x-signature")]
    signature: from::Header<String>,
    tag: Option<String>,
}

endpoint! {
    PutBytes: Raw<Bytes, Delivery> => ();
    |config| {
        config.put("/rooms/{room}/bytes");
        config.allow_anonymous();
        config.body_limit_bytes(8);
    }
    |Raw { body, fields }, cx| {
        let Delivery { room, signature, tag } = fields;
        cx.send.string_async(format!("{body:?} for {room}, signed {signature}, {tag:?}")).await
    }
}

endpoint! {
    PutText: Raw<String> => ();
    |config| {
        config.put("/text");
        config.allow_anonymous();
    }
    |text, cx| { cx.send.string_async(text.body).await }
}

endpoint! {
    PutStream: Raw<BodyStream> => ();
    |config| {
        config.put("/stream");
        config.allow_anonymous();
        config.body_limit_bytes(8);
    }
    |raw, cx| {
        let mut body = raw.body;
        let mut lengths = Vec::new();
        while let Some(piece) = body.chunk().await? {
            lengths.push(piece.len());
        }
        cx.send.string_async(format!("{lengths:?}")).await
    }
}

/// Reads the request itself, including the identity.
struct Own(String);

impl FromRequest for Own {
    async fn from_request(request: Incoming<'_>) -> Result<Self> {
        let who = request.identity.subject().unwrap_or("nobody");
        let body = request.body.bytes().await?;
        Ok(Self(format!("{who} sends {} bytes to {:?}", body.len(), request.route)))
    }
}

endpoint! {
    PutOwn: Own => ();
    |config| {
        config.put("/own/{a}/{b}");
        config.allow_anonymous();
    }
    |own, cx| { cx.send.string_async(own.0).await }
}

fn app() -> Application {
    let host = Host::empty().endpoint::<PutBytes>().endpoint::<PutText>();
    host.endpoint::<PutStream>().endpoint::<PutOwn>().build().unwrap()
}

async fn put(target: &str, body: impl Into<Bytes>) -> String {
    let request = Request::put(target).header("x-signature", "abc");
    ask(&app(), request.body(http_body_util::Full::new(body.into())).unwrap()).await
}

#[tokio::test]
async fn a_raw_body_is_bound_beside_other_fields() {
    assert_snapshot!(put("/rooms/7/bytes?tag=x", "\u{0}{[").await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    b"\0{[" for 7, signed abc, Some("x")
    "#);
    assert_snapshot!(refused(&put("/rooms/x/bytes", "x").await, "400"), @r#"[{"code":"invalid","name":"room","reason":"invalid value: string \"x\", expected an integer from 0 to 4294967295"}]"#);
    assert_snapshot!(refused(&put("/rooms/7/bytes", "123456789").await, "413"), @r#""the body is larger than 8 bytes""#);
    assert_snapshot!(put("/rooms/7/bytes", "").await, @r#"
    200 OK
    content-type: text/plain; charset=utf-8

    b"" for 7, signed abc, None
    "#);
}

#[tokio::test]
async fn a_text_body_is_utf_8() {
    assert!(put("/text", "é").await.ends_with("\né"));
    assert_snapshot!(refused(&put("/text", b"\xff".as_slice()).await, "400"), @r#""the body is not valid UTF-8""#);
}

#[tokio::test]
async fn a_body_is_read_in_chunks_up_to_its_limit() {
    let send = async |pieces: &[&'static str]| {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(piece.as_bytes()))))
            .collect();
        let body = StreamBody::new(stream::iter(frames));
        ask(&app(), Request::put("/stream").body(body).unwrap()).await
    };
    assert!(send(&["abc", "de", "fgh"]).await.ends_with("\n[3, 2, 3]"));
    assert_snapshot!(refused(&send(&["abc", "defghi"]).await, "413"), @r#""the body is larger than 8 bytes""#);
    assert!(put("/stream", "").await.ends_with("\n[]"));
}

#[tokio::test]
async fn a_custom_type_reads_the_request_itself() {
    assert!(put("/own/x/y%20z", "abc").await.ends_with(r#"nobody sends 3 bytes to ["x", "y z"]"#));
}
