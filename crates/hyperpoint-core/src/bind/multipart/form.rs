//! Reading of a whole form with files.

use bytes::BytesMut;
use http::{StatusCode, request};

use super::multipart::Multipart;
use super::part::Part;
use crate::bind::file::{File, Spool};
use crate::bind::parts::kind_at;
use crate::bind::plan::BindingPlan;
use crate::bind::schema::Scalar;
use crate::problem::Problem;
use crate::request_body::RequestBody;

/// Maximum number of parts of a form.
const MAX_PARTS: usize = 1_000;

/// Maximum number of files of a form.
const MAX_FILES: usize = 100;

/// Maximum total size of the text fields of a form, in bytes. The files that are kept in memory
/// have a separate limit of the same size.
const MEMORY_BYTES: usize = 1024 * 1024;

/// Maximum size of a file that is kept in memory, in bytes.
const FILE_IN_MEMORY_BYTES: usize = 64 * 1024;

/// The text fields and the files of a form, each with the name of its part.
#[derive(Default)]
pub(in crate::bind) struct FormParts {
    pub(in crate::bind) texts: Vec<(String, String)>,
    pub(in crate::bind) files: Vec<(String, File)>,
}

/// Reads the text fields and the files of a form. Skips a file if the request type has no field for
/// it.
///
/// # Errors
///
/// The errors of [`Multipart`] and [`Part`]; 400 if a part has no name, or if a file is sent for a
/// text field; 413 if the form has too many parts or files, or if its text fields are too large;
/// 500 if a temporary file cannot be written.
pub(in crate::bind) async fn read_form(
    request: &request::Parts,
    body: &mut RequestBody,
    plan: &BindingPlan,
) -> Result<FormParts, Problem> {
    let (mut form, loan) = Multipart::lent(request, body).await?;
    form.part_limit(MAX_PARTS);
    let mut parts = FormParts::default();
    let (mut texts_left, mut memory_left) = (MEMORY_BYTES, MEMORY_BYTES);
    while let Some(part) = form.next_part().await? {
        let Some(name) = part.name().map(str::to_owned) else {
            let problem = Problem::new(StatusCode::BAD_REQUEST);
            return Err(problem.detail("a part of the form has no name"));
        };
        if !part.is_file() {
            let text = part.limit_bytes(texts_left as u64).text().await?;
            texts_left -= text.len();
            parts.texts.push((name, text));
            continue;
        }
        match kind_at(plan, &name).map(|kind| kind.scalar) {
            None => {}
            Some(Scalar::File) if parts.files.len() == MAX_FILES => {
                let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE);
                return Err(problem.detail("the form has too many files"));
            }
            Some(Scalar::File) => {
                let file = read_file(part, &mut memory_left).await?;
                parts.files.push((name, file));
            }
            Some(_) => {
                let problem = Problem::new(StatusCode::BAD_REQUEST);
                return Err(problem.error(name, "is a file; send text"));
            }
        }
    }
    drop(form);
    body.take_back(&loan);
    Ok(parts)
}

/// Reads a file into memory, or into a temporary file if it is too large for memory. Subtracts the
/// size of a file in memory from `memory_left`, which is in bytes.
async fn read_file(mut part: Part<'_>, memory_left: &mut usize) -> Result<File, Problem> {
    let name = part.file_name().map(str::to_owned);
    let content_type = part.content_type().map(str::to_owned);
    let most = FILE_IN_MEMORY_BYTES.min(*memory_left);
    let mut memory = BytesMut::new();
    while let Some(piece) = part.chunk().await? {
        memory.extend_from_slice(&piece);
        if memory.len() > most {
            let mut spool = Spool::create(memory).await?;
            while let Some(piece) = part.chunk().await? {
                spool = spool.write(&piece).await?;
            }
            return File::on_disk(name, content_type, spool).await;
        }
    }
    *memory_left -= memory.len();
    Ok(File::in_memory(name, content_type, memory.freeze()))
}
