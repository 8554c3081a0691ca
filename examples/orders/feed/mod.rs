//! The live feed of order events.

mod follow_orders;
mod get_ticket;

pub use follow_orders::FollowOrders;
pub use get_ticket::{GetTicket, Ticket};
