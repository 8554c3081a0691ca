//! A body of several parts.

use std::fmt;

use http::{StatusCode, request};
use multer::Constraints;

use super::boundary::boundary;
use super::disposition::Disposition;
use super::gate::{Allowance, Gate};
use super::part::{Current, Part};
use super::refused::refused;
use crate::bind::content_coding::refuse_coded_body;
use crate::bind::raw::FromBody;
use crate::exchange::RequestBody;
use crate::problem::Problem;

/// How large the head of a part may be, in bytes; two steps of the gate.
const HEAD_BYTES: usize = 32 * 1024;

/// A body of several parts, `multipart/form-data` (RFC 7578): fields and files, one after the
/// other as they come, never held whole unless asked.
///
/// Limits: the body as a whole by `config.body_limit_bytes`, 1 MiB unless set; each part by
/// [`part_limit_bytes`](Self::part_limit_bytes), the whole's unless set; 100 parts; 32 KiB for the
/// head of a part.
///
/// # Example
///
/// ```
/// use hyperpoint_core::{Multipart, Problem};
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
    /// The part that is next, or was given last and may not have been read to its end.
    current: Option<Current>,
    part_limit_bytes: u64,
    parts_left: usize,
}

impl Multipart {
    /// Sets how large each part may be that comes from here on, in bytes. Default: as large as the
    /// body.
    pub fn part_limit_bytes(&mut self, limit: u64) {
        self.part_limit_bytes = limit;
    }

    /// Sets how many parts may come from here on. Default: 100.
    pub fn part_limit(&mut self, limit: usize) {
        self.parts_left = limit;
    }

    /// The next part; none at the end. What is left of the one before is passed over.
    ///
    /// # Errors
    ///
    /// 400 when the body is malformed or breaks off or the name of a part or its file can't be read,
    /// 413 when it or a part is over its limit or
    /// there are too many parts, 408 when it takes too long.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
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

    /// Reads the head of the next part.
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
    const KEEPS_BODY: bool = true;

    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        let boundary = boundary(&request.headers)?;
        refuse_coded_body(request, body).await?;
        let (gate, allowance) = Gate::new(body.take_stream()?);
        let parser = multer::Multipart::with_constraints(gate, boundary, Constraints::new());
        let (part_limit_bytes, parts_left) = (u64::MAX, 100);
        Ok(Self { parser, allowance, current: None, part_limit_bytes, parts_left })
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
