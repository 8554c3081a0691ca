//! What a stream of events may yield.

use crate::problem::Problem;

/// What a stream of `T` may yield: a `T`, or a `Result<T, Problem>` whose error ends the stream.
#[diagnostic::on_unimplemented(
    message = "a stream of events can't yield `{Self}`",
    label = "this stream yields `{Self}`",
    note = "yield the `T` of `type Response = Events<T>`, or a `Result<T, Problem>`"
)]
pub trait IntoItem<T> {
    /// The item, or what went wrong.
    ///
    /// # Errors
    ///
    /// The problem that the stream yielded in place of an item.
    fn into_item(self) -> Result<T, Problem>;
}

impl<T> IntoItem<T> for T {
    fn into_item(self) -> Result<T, Problem> {
        Ok(self)
    }
}

impl<T> IntoItem<T> for Result<T, Problem> {
    fn into_item(self) -> Self {
        self
    }
}
