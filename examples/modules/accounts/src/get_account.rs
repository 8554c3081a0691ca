//! `GET /accounts/{id}`

use hyperpoint::http::StatusCode;
use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Which {
    id: u32,
}

#[derive(Serialize, JsonSchema)]
struct Account {
    id: u32,
    owner: &'static str,
}

#[derive(Endpoint)]
struct GetAccount;

impl Endpoint for GetAccount {
    type Request = Which;
    type Response = Account;

    fn configure(config: &mut Config) {
        config.get("/accounts/{id}");
        config.allow_anonymous();
    }

    async fn handle(&self, Which { id }: Which, cx: Cx<'_, Self>) -> Result {
        let owners = ["Ann", "Bob"];
        let owner = usize::try_from(id).ok().and_then(|id| owners.get(id));
        let owner = owner.or_problem(StatusCode::NOT_FOUND, "no such account")?;
        cx.send.ok_async(Account { id, owner }).await
    }
}
