//! `GET /v1/models` and `GET /v1/models/{model}`.

use hyperpoint::http::StatusCode;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;

use super::group::OpenAi;
use crate::model::Model;

/// A model, as the API describes it.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ModelObject {
    /// Its name.
    pub id: String,
    object: String,
    created: u64,
    owned_by: String,
}

/// All models.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ModelList {
    object: String,
    /// The models.
    pub data: Vec<ModelObject>,
}

impl ModelObject {
    fn new(name: &str) -> Self {
        Self {
            id: name.to_owned(),
            object: "model".to_owned(),
            // November 2026.
            created: 1_793_491_200,
            owned_by: "hyperpoint".to_owned(),
        }
    }
}

/// Lists the models.
#[derive(Endpoint)]
pub struct ListModels {
    model: Arc<dyn Model>,
}

impl Endpoint for ListModels {
    type Request = ();
    type Response = ModelList;

    fn configure(config: &mut Config) {
        config.group::<OpenAi>();
        config.get("/models");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let data = self.model.names().iter().map(|name| ModelObject::new(name)).collect();
        cx.send.ok_async(ModelList { object: "list".to_owned(), data }).await
    }
}

/// The name of a model.
#[derive(Deserialize, Serialize, JsonSchema)]
pub struct NamedModel {
    /// The name.
    pub model: String,
}

/// Describes one model.
#[derive(Endpoint)]
pub struct FindModel {
    model: Arc<dyn Model>,
}

impl Endpoint for FindModel {
    type Request = NamedModel;
    type Response = ModelObject;

    fn configure(config: &mut Config) {
        config.group::<OpenAi>();
        config.get("/models/{model}");
        config.refuses([404]);
    }

    async fn handle(&self, NamedModel { model }: NamedModel, cx: Cx<'_, Self>) -> Result {
        let found = self.model.names().iter().find(|name| **name == model);
        let name = found.or_problem(StatusCode::NOT_FOUND, "no such model")?;
        cx.send.ok_async(ModelObject::new(name)).await
    }
}
