//! Who writes: signing in by a name, and out.

mod user;
mod sign_in;
mod sign_out;
mod me;

pub use me::Me;
pub use sign_in::{NewSession, SignIn};
pub use sign_out::SignOut;
pub use user::User;
