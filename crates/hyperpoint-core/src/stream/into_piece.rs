//! The item types of byte streams.

use bytes::Bytes;

use crate::problem::Problem;

/// An item of a byte stream: bytes or text, or a `Result` of either. An error becomes the response
/// if it is the first item; otherwise, it aborts the response.
///
/// # Examples
///
/// ```
/// use hyperpoint::IntoPiece;
///
/// assert_eq!("hello".into_piece().unwrap(), "hello");
/// ```
#[diagnostic::on_unimplemented(
    message = "a stream of bytes can't yield `{Self}`",
    label = "the stream yields `{Self}`",
    note = "yield `Bytes`, `Vec<u8>`, `String` or a literal, as it is or in a `Result`"
)]
pub trait IntoPiece {
    /// Returns the bytes, or the error that ends the stream.
    ///
    /// # Errors
    ///
    /// The error that the stream yielded instead of bytes, converted to a problem.
    fn into_piece(self) -> Result<Bytes, Problem>;
}

/// Implements [`IntoPiece`] for types that convert to [`Bytes`].
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
