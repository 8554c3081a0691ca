//! Serialization of `File`: as a part of a form in an outgoing request, otherwise as its name,
//! content type and size.

use std::cell::RefCell;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use super::file::File;
use crate::bind::from::FILE_NEWTYPE;

thread_local! {
    /// The files of the outgoing request that this thread is building, or `None` outside of
    /// [`collecting_files`].
    static COLLECTED: RefCell<Option<Vec<File>>> = const { RefCell::new(None) };
}

/// Calls `serialize`, and returns its result and the files that it serialized, in order. Each file
/// is serialized as its index in this list.
pub(in crate::bind) fn collecting_files<R>(serialize: impl FnOnce() -> R) -> (R, Vec<File>) {
    let _restore = Restore(COLLECTED.replace(Some(Vec::new())));
    let serialized = serialize();
    (serialized, COLLECTED.take().unwrap_or_default())
}

/// A guard that restores the previously collected files when dropped, even if serialization panics.
struct Restore(Option<Vec<File>>);

impl Drop for Restore {
    fn drop(&mut self) {
        COLLECTED.set(self.0.take());
    }
}

/// Returns the index of the collected file that a serialized value refers to, or `None` if the
/// value is not a file.
pub(in crate::bind) fn index_of_file(value: &Value) -> Option<usize> {
    usize::try_from(value.get(FILE_NEWTYPE)?.as_u64()?).ok()
}

/// Serializes the name, the content type and the size in bytes. In an outgoing request, serializes
/// only the index of the file, which becomes a part of a form.
impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let index = COLLECTED.with_borrow_mut(|collected| {
            let files = collected.as_mut()?;
            files.push(self.clone());
            Some(files.len() - 1)
        });
        if let Some(index) = index {
            let mut file = serializer.serialize_struct("File", 1)?;
            file.serialize_field(FILE_NEWTYPE, &index)?;
            return file.end();
        }
        let mut file = serializer.serialize_struct("File", 3)?;
        file.serialize_field("name", &self.file_name())?;
        file.serialize_field("contentType", &self.content_type())?;
        file.serialize_field("bytes", &self.len_bytes())?;
        file.end()
    }
}
