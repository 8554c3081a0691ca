//! `POST, PUT /api/uploads/image/save`

use hyperpoint::http::Method;
use hyperpoint::prelude::*;

use crate::permissions::IMAGE_UPDATE;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "PascalCase")]
struct Image {
    #[serde(rename = "Id")]
    _id: Option<String>,
    width: i32,
    height: i32,
    file: Option<from::File>,
}

#[derive(Endpoint)]
struct SaveImage;

impl Endpoint for SaveImage {
    type Request = Image;
    type Response = ();

    fn configure(config: &mut Config) {
        config.verbs([Method::POST, Method::PUT]);
        config.routes(["/uploads/image/save"]);
        config.allow_anonymous_verbs([Method::POST]);
        config.permissions([IMAGE_UPDATE]);
        config.claims(["admin-id"]);
    }

    fn validate(&self, image: &Image, failures: &mut Failures) {
        failures.check("Width", image.width > 10, "Image width too small");
        failures.check("Width", image.width < 2000, "Image width is too large");
        failures.check("Height", image.height > 10, "Image height too small");
        failures.check("Height", image.height < 2000, "Image width is too large");
    }

    async fn handle(&self, image: Image, cx: Cx<'_, Self>) -> Result {
        match image.file {
            Some(file) => {
                cx.send.download("test.png").bytes_async(file.bytes().await?, "image/png").await
            }
            None => cx.send.no_content_async().await,
        }
    }
}
