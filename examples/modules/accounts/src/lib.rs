//! The endpoints of accounts. An application that names this crate has them.

mod get_account;
