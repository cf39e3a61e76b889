use workflows_runtime::nonblocking;

use std::io::{Read, Write};

struct Own;
impl Own {
    fn persist(&self, _: &str) -> u8 {
        1
    }
    fn close(self) -> u8 {
        1
    }
    fn read_to_end(&self) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn accessors(a: &fs_err::File, b: &tempfile::NamedTempFile, c: &tempfile::TempDir, own: Own) -> usize {
    own.persist("a");
    own.read_to_end();
    own.close();
    a.path().as_os_str().len() + b.path().as_os_str().len() + c.path().as_os_str().len()
}

#[nonblocking(known_blocking)]
pub async fn asynchronous(path: &str) -> std::io::Result<String> {
    fs_err::tokio::write(path, "a").await?;
    let mut file = fs_err::tokio::File::open(path).await?;
    let mut text = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut file, &mut text).await?;
    let mut memory = Vec::new();
    memory.write_all(b"a")?;
    (&memory[..]).read_to_string(&mut text)?;
    fs_err::tokio::read_to_string(path).await
}
