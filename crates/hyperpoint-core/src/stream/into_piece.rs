//! What a stream of bytes may yield.

use bytes::Bytes;

use crate::problem::Problem;

/// What a stream of bytes may yield: bytes or text, or a `Result` of one, whose error cuts the
/// answer short.
#[diagnostic::on_unimplemented(
    message = "a stream of bytes can't yield `{Self}`",
    label = "the stream yields `{Self}`",
    note = "yield `Bytes`, `Vec<u8>`, `String` or a literal, as it is or in a `Result`"
)]
pub trait IntoPiece {
    /// The bytes, or what went wrong.
    ///
    /// # Errors
    ///
    /// What the stream yielded in place of bytes, as a problem.
    fn into_piece(self) -> Result<Bytes, Problem>;
}

/// What is bytes already.
macro_rules! bytes {
    ($($kind:ty)*) => {$(
        impl IntoPiece for $kind {
            fn into_piece(self) -> Result<Bytes, Problem> {
                Ok(self.into())
            }
        }
    )*};
}

bytes!(Bytes Vec<u8> String &'static str &'static [u8]);

impl<T: IntoPiece, E: Into<Problem>> IntoPiece for Result<T, E> {
    fn into_piece(self) -> Result<Bytes, Problem> {
        self.map_err(Into::into)?.into_piece()
    }
}
