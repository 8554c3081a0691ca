//! Endpoints whose responses are text, an image, sound and an error.

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;

/// A PNG with one red pixel.
pub(crate) const PIXEL: [u8; 69] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0,
    0, 0, 144, 119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 218, 99, 248, 207, 192, 0, 0, 3, 1,
    1, 0, 247, 3, 65, 67, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

/// A WAV with two silent samples.
const SILENCE: [u8; 46] = [
    0x52, 0x49, 0x46, 0x46, 38, 0, 0, 0, 0x57, 0x41, 0x56, 0x45, 0x66, 0x6d, 0x74, 0x20, 16, 0, 0,
    0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0, 0x64, 0x61, 0x74, 0x61, 2, 0, 0,
    0, 0x80, 0x80,
];

/// Returns a text.
#[derive(Endpoint)]
pub(crate) struct SimpleText;

impl Endpoint for SimpleText {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/text");
        config.allow_anonymous();
        config.tool().name("test_simple_text");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("This is a simple text response for testing.".to_owned()).await
    }
}

/// Returns an image.
#[derive(Endpoint)]
pub(crate) struct Image;

impl Endpoint for Image {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/image");
        config.allow_anonymous();
        config.tool().name("test_image_content");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(PIXEL.to_vec(), "image/png").await
    }
}

/// Returns sound.
#[derive(Endpoint)]
pub(crate) struct Audio;

impl Endpoint for Audio {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/audio");
        config.allow_anonymous();
        config.tool().name("test_audio_content");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.bytes_async(SILENCE.to_vec(), "audio/wav").await
    }
}

/// Always fails.
#[derive(Endpoint)]
pub(crate) struct Failing;

impl Endpoint for Failing {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/failing");
        config.allow_anonymous();
        config.tool().name("test_error_handling");
    }

    async fn handle(&self, (): (), _: Cx<'_, Self>) -> Result {
        let detail = "This tool intentionally returns an error for testing";
        Err(Problem::new(StatusCode::CONFLICT).detail(detail))
    }
}
