//! The live feed: what happens to orders, as it happens.

mod follow_orders;
mod get_ticket;

pub use follow_orders::FollowOrders;
pub use get_ticket::{GetTicket, Ticket};
