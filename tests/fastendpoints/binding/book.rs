//! A book with files, as a form: keys as .NET writes them.

use hyperpoint::prelude::*;

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub(super) struct Book {
    title: Option<String>,
    cover_image: Option<from::File>,
    source_files: Vec<from::File>,
    main_author: Option<Author>,
    co_authors: Vec<Author>,
    bar_codes: Vec<u64>,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
struct Author {
    name: Option<String>,
    profile_image: Option<from::File>,
    document_files: Vec<from::File>,
    main_address: Option<Address>,
    other_addresses: Vec<Address>,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
struct Address {
    street: Option<String>,
    main_image: Option<from::File>,
    alternative_images: Vec<from::File>,
}
