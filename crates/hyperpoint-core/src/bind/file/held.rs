//! A thread-local list of the files of the form that is being deserialized, because serde can pass
//! only their indexes.

use std::cell::RefCell;

use super::file::File;

thread_local! {
    static FILES: RefCell<Vec<File>> = const { RefCell::new(Vec::new()) };
}

/// Calls `read` with these files accessible by [`held`] on this thread, and returns its result.
pub(in crate::bind) fn with_files<R>(files: Vec<File>, read: impl FnOnce() -> R) -> R {
    let before = FILES.replace(files);
    let _restore = Restore(Some(before));
    read()
}

/// Returns the file with this index in the form, or `None` if there is no such file.
pub(super) fn held(index: usize) -> Option<File> {
    FILES.with_borrow(|files| files.get(index).cloned())
}

/// A guard that restores the previous files when dropped, even if deserialization panics.
struct Restore(Option<Vec<File>>);

impl Drop for Restore {
    fn drop(&mut self) {
        FILES.set(self.0.take().unwrap_or_default());
    }
}
