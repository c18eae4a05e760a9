//! How much room the disk of a folder has.

use std::path::Path;

/// Room on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// What this user may still write.
    pub free: u64,
    /// What the disk holds in all.
    pub total: u64,
}

/// Of the disk that `folder` is on, or would be on where it does not exist yet; none where the system does not say.
#[cfg(unix)]
pub fn space(folder: &Path) -> Option<Space> {
    let folder = std::path::absolute(folder).ok()?;
    let found = folder
        .ancestors()
        .find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    let space = Space {
        free: bytes(found.f_bavail),
        total: bytes(found.f_blocks),
    };
    // Some file systems of networks report nothing at all.
    (space.total > 0).then_some(space)
}

/// Elsewhere nothing is known.
#[cfg(not(unix))]
pub fn space(_: &Path) -> Option<Space> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_has_the_room_of_the_one_it_will_be_in() {
        let folder = tempfile::tempdir().unwrap();
        let Some(there) = space(folder.path()) else {
            println!("skipped: this file system does not tell its size");
            return;
        };
        let later = space(&folder.path().join("a/b")).unwrap();
        assert_eq!(there.total, later.total);
        assert!(there.free <= there.total);
    }
}
