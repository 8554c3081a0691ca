//! Orders.

mod create_order;
