//! Customers.

mod create_customer;
mod customer_login;
mod recent_customers;
mod update_with_header;

pub(crate) use create_customer::NewCustomer;
