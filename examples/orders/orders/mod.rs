//! Orders: placed by customers, shipped by clerks.

mod order;
mod order_event;
mod new_order;
mod list_orders;
mod get_order;
mod idempotency;
mod place_order;
mod change_order;
mod ship_order;
mod delete_order;

pub use change_order::{ChangeOrder, ChangedOrder};
pub use delete_order::DeleteOrder;
pub use get_order::{GetOrder, OrderId};
pub use list_orders::{ListOrders, OrderFilter};
pub use new_order::NewOrder;
pub use order::{Line, Order, Status};
pub use order_event::{OrderEvent, OrderEvents};
pub use place_order::PlaceOrder;
pub use ship_order::{ShipOrder, Shipment, ShipmentStep};

pub(crate) use order::of_customer;
pub(crate) use order_event::ORDERS;
