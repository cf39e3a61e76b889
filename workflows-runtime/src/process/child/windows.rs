//! The connection is a named pipe, and stdin ends with the parent.

use super::super::role;
use std::{
    env,
    fs::{File, OpenOptions},
    io::{self, Read},
    os::windows::io::AsHandle,
    process::exit,
    thread,
};

pub(super) type Stream = File;

pub(super) fn connect() -> io::Result<Stream> {
    let pipe = env::var_os(role::VARIABLE).unwrap_or_default();
    let stream = OpenOptions::new().read(true).write(true).open(pipe)?;
    Ok(stream)
}

/// Ends this process with its parent, from another thread.
pub(super) fn watch_parent(_: &Stream) -> io::Result<()> {
    let mut stdin = File::from(io::stdin().as_handle().try_clone_to_owned()?);
    // It ends with the parent, also if that is killed.
    thread::Builder::new().name("wf-parent".to_owned()).spawn(move || {
        let _ = stdin.read(&mut [0]);
        exit(1)
    })?;
    Ok(())
}

/// There are no groups: the caller ends this process.
pub(super) fn kill_own_group() {}

/// Not implemented here.
pub(super) fn limit_memory(_: Option<u64>) {}
