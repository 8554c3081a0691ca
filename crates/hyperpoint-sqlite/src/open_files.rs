//! Detects that the files of an open log were replaced, for example by a restored backup. Writes to
//! the old files would be lost.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::log_error::{LogError, Result};

/// The suffixes of a database's files: the database, its write-ahead log, and its shared memory.
const ENDS: [&str; 3] = ["", "-wal", "-shm"];
/// Time after which another change of a folder certainly alters the folder's timestamp.
const SETTLING_TIME: Duration = Duration::from_secs(3);

/// The device and the inode of a file.
type FileId = (u64, u64);

/// The paths and the identities of the files of an open log.
#[derive(Debug)]
pub(crate) struct OpenFiles {
    files: [(PathBuf, FileId); ENDS.len()],
    folder: PathBuf,
    /// The state of the folder in which the files were checked, or `None` if the folder has changed
    /// so recently that another change might not alter its timestamp.
    checked: Option<FolderState>,
}

impl OpenFiles {
    /// Records the identities of the files. A connection must be open.
    pub(crate) fn of(database: &Path) -> io::Result<Self> {
        let paths = ENDS.map(|end| {
            let mut path = database.to_owned().into_os_string();
            path.push(end);
            PathBuf::from(path)
        });
        let mut files = paths.map(|path| (path, FileId::default()));
        for (path, opened) in &mut files {
            *opened = file_id(path)?;
        }
        let folder = database.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Self { files, folder, checked: None })
    }

    /// Fails if one of the files was replaced or deleted since it was opened. Looks at the files
    /// only if the folder has changed: after a look at a file, some file systems have to sync a new
    /// timestamp with the next write to it.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.check_at(SystemTime::now())
    }

    fn check_at(&mut self, now: SystemTime) -> Result<()> {
        let state = FolderState::of(&self.folder).map_err(|_error| LogError::replaced())?;
        if self.checked == Some(state) {
            return Ok(());
        }
        let is_same =
            |(path, opened): &(PathBuf, FileId)| file_id(path).is_ok_and(|id| id == *opened);
        if !self.files.iter().all(is_same) {
            return Err(LogError::replaced());
        }
        self.checked = Some(state).filter(|state| state.is_settled(now));
        Ok(())
    }
}

/// The identity of a folder and the time of its last change, such as the creation, the renaming or
/// the deletion of a file in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FolderState {
    id: FileId,
    changed_at: SystemTime,
}

impl FolderState {
    #[cfg(unix)]
    fn of(folder: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;

        let folder = std::fs::metadata(folder)?;
        let id = (folder.dev(), folder.ino());
        // Unlike the time of modification, a program that restores files cannot set this time.
        let seconds = u64::try_from(folder.ctime()).unwrap_or_default();
        let nanos = u32::try_from(folder.ctime_nsec()).unwrap_or_default();
        let changed_at = UNIX_EPOCH.checked_add(Duration::new(seconds, nanos));
        let changed_at = changed_at.unwrap_or(UNIX_EPOCH);
        Ok(Self { id, changed_at })
    }

    /// Returns the same state each time, because an open file cannot be replaced on systems other
    /// than Unix.
    #[cfg(not(unix))]
    fn of(_folder: &Path) -> io::Result<Self> {
        Ok(Self { id: FileId::default(), changed_at: UNIX_EPOCH })
    }

    /// Returns whether the last change is so long ago that another change alters the state, even if
    /// the file system's timestamps are coarse. Returns `false` if the file system has no
    /// timestamps for this folder.
    fn is_settled(&self, now: SystemTime) -> bool {
        self.changed_at != UNIX_EPOCH
            && now.duration_since(self.changed_at).is_ok_and(|age| age >= SETTLING_TIME)
    }
}

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;

    let file = std::fs::metadata(path)?;
    Ok((file.dev(), file.ino()))
}

/// Returns the same identity for each file, because an open file cannot be replaced on systems other
/// than Unix.
#[cfg(not(unix))]
fn file_id(_path: &Path) -> io::Result<FileId> {
    Ok(FileId::default())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Returns a folder with the files of a log, and the open files.
    fn opened() -> (tempfile::TempDir, OpenFiles) {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("topics.db");
        for end in ENDS {
            fs::write(folder.path().join(format!("topics.db{end}")), "").unwrap();
        }
        let files = OpenFiles::of(&database).unwrap();
        (folder, files)
    }

    /// Replaces a file by a renamed copy, as a program that restores a backup does.
    fn replace(folder: &Path, name: &str) {
        fs::write(folder.join("copy"), "").unwrap();
        fs::rename(folder.join("copy"), folder.join(name)).unwrap();
    }

    #[test]
    fn a_replaced_file_is_noticed_before_and_after_the_folder_has_settled() {
        for age in [Duration::ZERO, SETTLING_TIME * 2] {
            for end in ENDS {
                let (folder, mut files) = opened();
                files.check_at(SystemTime::now() + age).unwrap();
                assert_eq!(files.checked.is_some(), !age.is_zero());
                files.check_at(SystemTime::now() + age).unwrap();
                replace(folder.path(), &format!("topics.db{end}"));
                files.check_at(SystemTime::now() + age).unwrap_err();
            }
        }
    }

    #[test]
    fn a_deleted_file_is_noticed_after_other_files_have_changed() {
        let (folder, mut files) = opened();
        let later = SystemTime::now() + SETTLING_TIME * 2;
        files.check_at(later).unwrap();
        fs::write(folder.path().join("backup"), "").unwrap();
        files.check_at(later).unwrap();
        fs::remove_file(folder.path().join("topics.db-wal")).unwrap();
        files.check_at(later).unwrap_err();
    }

    #[test]
    fn a_replaced_folder_is_noticed() {
        let (folder, mut files) = opened();
        let later = SystemTime::now() + SETTLING_TIME * 2;
        files.check_at(later).unwrap();
        let path = folder.path();
        fs::rename(path, path.with_extension("old")).unwrap();
        files.check_at(later).unwrap_err();
        fs::rename(path.with_extension("old"), path).unwrap();
        files.check_at(later).unwrap();
    }
}
