use workflows_runtime::nonblocking;

use ssh2::{Channel, Session, Sftp};
use std::{
    io::{Read, Write},
    path::Path,
};

#[nonblocking(known_blocking)]
pub async fn sessions(mut session: Session) -> Result<i32, ssh2::Error> {
    session.handshake()?; //~ BLOCKS
    session.userauth_password("a", "b")?; //~ BLOCKS
    let mut channel = session.channel_session()?; //~ BLOCKS
    channel.exec("ls")?; //~ BLOCKS
    let mut text = String::new();
    channel.read_to_string(&mut text).unwrap(); //~ BLOCKS
    channel.stderr().read_to_string(&mut text).unwrap(); //~ BLOCKS
    channel.wait_close()?; //~ BLOCKS
    let sftp = session.sftp()?; //~ BLOCKS
    let mut file = sftp.open(Path::new("a"))?; //~ BLOCKS
    std::io::copy(&mut file, &mut std::io::sink()).unwrap(); //~ BLOCKS
    sftp.readdir(Path::new("a"))?; //~ BLOCKS
    let (mut remote, _) = session.scp_recv(Path::new("a"))?; //~ BLOCKS
    remote.write_all(b"a").unwrap(); //~ BLOCKS
    channel.exit_status()
}

#[nonblocking(known_blocking)]
pub async fn others(channel: &mut Channel, sftp: &Sftp) -> Result<(), ssh2::Error> {
    channel.shell()?; //~ BLOCKS
    channel.send_eof()?; //~ BLOCKS
    sftp.mkdir(Path::new("a"), 0)?; //~ BLOCKS
    sftp.unlink(Path::new("a")) //~ BLOCKS
}
