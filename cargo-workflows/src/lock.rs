//! The lock of a target folder: what a command has built must not change until it has read it.

use anyhow::Context as _;
use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

/// Waits until no other command uses this folder, and keeps others out until the lock is dropped.
///
/// Cargo locks the folder while it builds, which is not enough: the files are read afterwards.
///
/// # Errors
///
/// Fails if the folder or the lock cannot be created.
pub(crate) fn lock(folder: &Path) -> anyhow::Result<File> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join(".workflows-lock");
    let context = || format!("cannot lock {}", path.display());
    let file = File::create(&path).with_context(context)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {
            eprintln!("waiting for another `cargo workflows` in {}", folder.display());
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
    .with_context(context)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::lock;
    use std::{
        env, fs, process,
        sync::atomic::{AtomicU32, Ordering},
        thread,
    };

    #[test]
    fn folder_has_one_user_at_a_time() {
        let folder = env::temp_dir().join(format!("workflows-lock-{}", process::id()));
        let users = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let lock = lock(&folder).unwrap();
                        assert_eq!(users.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        users.fetch_sub(1, Ordering::SeqCst);
                        drop(lock);
                    }
                });
            }
        });
        fs::remove_dir_all(&folder).unwrap();
    }
}
