//! `Multipart`: a `multipart/form-data` body, streamed part by part.

use std::fmt;

use http::{StatusCode, request};
use multer::Constraints;

use super::boundary::boundary;
use super::disposition::Disposition;
use super::gate::{Allowance, Gate};
use super::part::{Current, Part};
use super::refused::refused;
use crate::bind::content_coding::refuse_coded_body;
use crate::bind::from_body::FromBody;
use crate::problem::Problem;
use crate::request_body::{BodyStream, Loan, RequestBody};

/// Maximum number of bytes that the parser receives while it reads the headers of a part: two steps
/// of the [`Gate`].
const HEAD_BYTES: usize = 32 * 1024;

/// A `multipart/form-data` body (RFC 7578): fields and files, streamed in order. A part is buffered
/// whole only if the handler calls [`Part::bytes`] or [`Part::text`].
/// Needs the feature `multipart`.
///
/// The body is limited by `config.body_limit_bytes` (default: 1 MiB), each part by
/// [`part_limit_bytes`](Self::part_limit_bytes) (default: the limit of the body), the number of
/// parts by [`part_limit`](Self::part_limit) (default: 100), and the headers of a part to about 32
/// KiB. A part that the handler does not read is limited by the body only: its bytes are skipped as
/// they arrive, and are not kept in memory.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Multipart, Problem};
///
/// async fn read(mut form: Multipart) -> Result<(String, u64), Problem> {
///     let (mut title, mut bytes) = (String::new(), 0);
///     while let Some(mut part) = form.next_part().await? {
///         match part.name() {
///             Some("title") => title = part.text().await?,
///             Some("photo") => bytes = part.copy_to(&mut tokio::io::sink()).await?,
///             _ => {}
///         }
///     }
///     Ok((title, bytes))
/// }
/// # let _ = read;
/// ```
pub struct Multipart {
    parser: multer::Multipart<'static>,
    allowance: Allowance,
    /// The part that `next_part` returned last. If a call of `next_part` was cancelled, the part
    /// that the next call returns.
    current: Option<Current>,
    part_limit_bytes: u64,
    parts_left: usize,
}

impl Multipart {
    /// Sets the size limit of each part that `next_part` returns after this call, in bytes. Applies
    /// to the bytes that the handler reads, not to those that `next_part` skips. Default: the limit
    /// of the body.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Multipart, Problem};
    /// # async fn read(mut form: Multipart) -> Result<(), Problem> {
    /// form.part_limit_bytes(5 * 1024 * 1024);
    /// # Ok(())
    /// # }
    /// ```
    pub fn part_limit_bytes(&mut self, limit: u64) {
        self.part_limit_bytes = limit;
    }

    /// Sets the maximum number of parts that `next_part` returns after this call. Default: 100 for
    /// the whole body.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Multipart, Problem};
    /// # async fn read(mut form: Multipart) -> Result<(), Problem> {
    /// form.part_limit(10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn part_limit(&mut self, limit: usize) {
        self.parts_left = limit;
    }

    /// Returns the next part, or `None` at the end of the body. Unread bytes of the previous part
    /// are skipped.
    ///
    /// # Errors
    ///
    /// 400 if the body is malformed or incomplete, if the headers of the part exceed about 32 KiB,
    /// or if the name of a part or of its file is invalid; 413 if the body exceeds its limit or has
    /// too many parts; 408 if receiving the body takes too long.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no data is lost if the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Multipart, Problem};
    /// # async fn read(mut form: Multipart) -> Result<(), Problem> {
    /// while let Some(part) = form.next_part().await? {
    ///     println!("{:?}", part.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, Problem> {
        if let Some(before) = self.current.as_mut().filter(|current| current.is_given) {
            before.skip().await?;
            self.current = None;
        }
        if self.current.is_none() {
            self.current = self.next_head().await?;
        }
        let Some(current) = &mut self.current else {
            return Ok(None);
        };
        current.look().await?;
        current.is_given = true;
        Ok(Some(Part::new(current, self.part_limit_bytes)))
    }

    /// Creates a `Multipart` that borrows the body. When it is dropped, it returns the unread rest
    /// of the body to the [`Loan`].
    pub(super) async fn lent(
        request: &request::Parts,
        body: &mut RequestBody,
    ) -> Result<(Self, Loan), Problem> {
        let boundary = boundary(&request.headers)?;
        refuse_coded_body(request, body).await?;
        let (stream, loan) = body.lend_stream()?;
        Ok((Self::over(stream, boundary), loan))
    }

    fn over(stream: BodyStream, boundary: String) -> Self {
        let (gate, allowance) = Gate::new(stream);
        let parser = multer::Multipart::with_constraints(gate, boundary, Constraints::new());
        let (part_limit_bytes, parts_left) = (u64::MAX, 100);
        Self { parser, allowance, current: None, part_limit_bytes, parts_left }
    }

    /// Parses the headers of the next part, and returns the part, or `None` at the end of the body.
    async fn next_head(&mut self) -> Result<Option<Current>, Problem> {
        self.allowance.set(HEAD_BYTES);
        let field = self.parser.next_field().await.map_err(refused)?;
        self.allowance.set(usize::MAX);
        let Some(field) = field else {
            return Ok(None);
        };
        self.parts_left = self.parts_left.checked_sub(1).ok_or_else(|| {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE).detail("the body has too many parts")
        })?;
        let disposition = Disposition::parse(field.headers())?;
        Ok(Some(Current::new(field, disposition)))
    }
}

impl FromBody for Multipart {
    const MEDIA_TYPE: &'static str = "multipart/form-data";
    const KEEPS_BODY: bool = true;

    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        let boundary = boundary(&request.headers)?;
        refuse_coded_body(request, body).await?;
        Ok(Self::over(body.take_stream()?, boundary))
    }
}

impl fmt::Debug for Multipart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Multipart")
            .field("part_limit_bytes", &self.part_limit_bytes)
            .field("parts_left", &self.parts_left)
            .finish_non_exhaustive()
    }
}
