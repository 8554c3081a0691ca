//! A body of several parts.

use std::fmt;

use http::header::CONTENT_TYPE;
use http::{StatusCode, request};
use multer::{Constraints, Field};

use super::gate::{Allowance, Gate};
use super::part::Part;
use super::refused::refused;
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
    /// The part that was given last, which may not have been read to its end.
    current: Option<Field<'static>>,
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
    /// 400 when the body is malformed or breaks off, 413 when it or a part is over its limit or
    /// there are too many parts, 408 when it takes too long.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn next_part(&mut self) -> Result<Option<Part<'_>>, Problem> {
        if let Some(before) = &mut self.current {
            while before.chunk().await.map_err(refused)?.is_some() {}
        }
        self.current = None;
        self.allowance.set(HEAD_BYTES);
        let field = self.parser.next_field().await.map_err(refused)?;
        self.allowance.set(usize::MAX);
        let Some(field) = field else {
            return Ok(None);
        };
        self.parts_left = self.parts_left.checked_sub(1).ok_or_else(|| {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE).detail("the body has too many parts")
        })?;
        let field = self.current.insert(field);
        Ok(Some(Part::new(field, self.part_limit_bytes)))
    }
}

impl FromBody for Multipart {
    const KEEPS_BODY: bool = true;

    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        let kind = request.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(kind).map_err(|error| {
            let text =
                format!("the body is `{kind}`; send `multipart/form-data` with its boundary");
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE).detail(text).caused_by(error)
        })?;
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
