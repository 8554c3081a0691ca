//! Administrators sign in.

mod login;
mod login_v1;
mod login_v2;
