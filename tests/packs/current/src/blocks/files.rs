use workflows_runtime::nonblocking;

use fs_err::{self as fs, PathExt};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use tempfile::{NamedTempFile, TempDir, TempPath};

#[nonblocking(known_blocking)]
pub async fn temporary(path: TempPath) -> std::io::Result<u64> {
    let mut file = tempfile::tempfile()?; //~ BLOCKS
    file.write_all(b"a")?; //~ BLOCKS
    let mut named = NamedTempFile::new()?; //~ BLOCKS
    writeln!(named, "a")?; //~ BLOCKS
    named.rewind()?; //~ BLOCKS
    let mut text = String::new();
    named.read_to_string(&mut text)?; //~ BLOCKS
    let other = named.reopen()?; //~ BLOCKS
    named.persist("b").unwrap(); //~ BLOCKS
    let dir = tempfile::tempdir()?; //~ BLOCKS
    let second = TempDir::new()?; //~ BLOCKS
    let third = tempfile::Builder::new().prefix("a").tempdir()?; //~ BLOCKS
    let fourth = tempfile::Builder::new().suffix(".txt").tempfile()?; //~ BLOCKS
    dir.close()?; //~ BLOCKS
    path.close()?; //~ BLOCKS
    drop((other, second, third, fourth));
    Ok(text.len() as u64)
}

#[nonblocking(known_blocking)]
pub async fn fs_errs(path: &std::path::Path) -> std::io::Result<u64> {
    let text = fs::read_to_string(path)?; //~ BLOCKS
    fs::write(path, "a")?; //~ BLOCKS
    fs::create_dir_all(path)?; //~ BLOCKS
    let mut file = fs::File::open(path)?; //~ BLOCKS
    let mut all = Vec::new();
    file.read_to_end(&mut all)?; //~ BLOCKS
    let size = file.metadata()?.len(); //~ BLOCKS
    file.set_len(1)?; //~ BLOCKS
    file.seek(std::io::SeekFrom::Start(0))?; //~ BLOCKS
    let meta = path.fs_err_metadata()?; //~ BLOCKS
    for entry in fs_err::read_dir(path)? { //~ BLOCKS
        let kind = entry?.file_type()?; //~ BLOCKS
        drop(kind);
    }
    for line in BufReader::new(file).lines() { //~ BLOCKS
        drop(line);
    }
    drop(meta);
    Ok(size + text.len() as u64)
}

#[nonblocking(known_blocking)]
pub async fn copied(
    mut a: fs_err::File,
    b: &mut fs_err::File,
    c: NamedTempFile,
    dir: fs_err::ReadDir,
) -> std::io::Result<u64> {
    let n = std::io::copy(&mut a, b)?; //~ BLOCKS
    let m = std::io::copy(&mut b.take(10), &mut std::io::sink())?; //~ BLOCKS
    serde_json::to_writer(&c, &1)?; //~ BLOCKS
    let all = fs_extra::dir::get_size("a").unwrap(); //~ BLOCKS
    let names = dir.filter_map(Result::ok).map(|entry| entry.file_name());
    Ok(n + m + all + names.count() as u64) //~ BLOCKS
}
