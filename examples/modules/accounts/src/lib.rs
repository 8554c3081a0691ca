//! The endpoints of accounts. An application that names this crate includes them.

mod get_account;
