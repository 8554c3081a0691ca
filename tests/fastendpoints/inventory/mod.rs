//! The inventory.

mod delete_item;
mod update_item;
