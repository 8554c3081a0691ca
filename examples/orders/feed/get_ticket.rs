//! `POST /feed/ticket`

use hyperpoint::prelude::*;
use hyperpoint::schemes::Tickets;

use super::follow_orders::FollowOrders;

/// A ticket for the feed, used as `/feed?ticket=…`.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Ticket {
    /// The ticket, which is valid for a first use within 30 seconds.
    pub ticket: String,
}

/// Issues a ticket for the feed, for pages that cannot send the session cookie there.
#[derive(Endpoint)]
pub struct GetTicket {
    tickets: Arc<Tickets>,
}

impl Endpoint for GetTicket {
    type Request = ();
    type Response = Ticket;

    fn configure(config: &mut Config) {
        config.post("/feed/ticket");
        config.tags(["Feed"]);
        config.links_to::<FollowOrders>();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let feed = cx.links.to::<FollowOrders>(&())?;
        let ticket = self.tickets.issue(cx.identity, &feed)?;
        cx.send.ok_async(Ticket { ticket }).await
    }
}
