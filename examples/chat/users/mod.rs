//! Users: signing in by name, and signing out.

mod user;
mod sign_in;
mod sign_out;
mod me;

pub use me::Me;
pub use sign_in::{NewSession, SignIn};
pub use sign_out::SignOut;
pub use user::User;
