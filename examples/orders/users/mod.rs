//! The users of the API: signing in and out.

mod user;
mod sign_in;
mod sign_out;
mod me;

pub use me::Me;
pub use sign_in::{Credentials, SignIn};
pub use sign_out::SignOut;
pub use user::User;
pub(crate) use user::{is_staff, may_see};
