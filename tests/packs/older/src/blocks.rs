#![allow(dead_code, unused)]

use serde_json::Value;
use std::{
    fs::File,
    io::{BufReader, Cursor, Read, Write},
};
use workflows_runtime::nonblocking;

workflows_runtime::known_blocking! {
    argon2, bcrypt, bcrypt_non_truncating, bincode1, fjall2, flume, flume_select, parking_lot, redb, redis, reqwest, scrypt,
    scrypt_password_hash, tungstenite, ureq2, zip,
}

fn main() {}

#[nonblocking(known_blocking)]
async fn ureqs(agent: &ureq::Agent, url: &str) -> Option<Value> {
    let text = ureq::get(url).call().ok()?.into_string().ok()?; //~ BLOCKS BLOCKS
    let a = ureq::post(url).send_json(1).ok()?; //~ BLOCKS
    let b = agent.post(url).send_string("a").ok()?; //~ BLOCKS
    let c = agent.post(url).send_form(&[("a", "b")]).ok()?; //~ BLOCKS
    let d = agent.put(url).send_bytes(b"a").ok()?; //~ BLOCKS
    drop((text, b, c, d));
    a.into_json().ok() //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn clients(client: &reqwest::blocking::Client, url: &str) -> reqwest::Result<String> {
    let a = reqwest::blocking::get(url)?; //~ BLOCKS
    let b = client.get(url).send()?; //~ BLOCKS
    drop(a);
    b.text() //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn bincodes(file: File) -> bincode::Result<u8> {
    bincode::serialize_into(&file, &1u8)?; //~ BLOCKS
    bincode::deserialize_from(BufReader::new(file)) //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn fjalls(path: &str) -> fjall::Result<usize> {
    let keyspace = fjall::Config::new(path).open()?; //~ BLOCKS
    let items = keyspace.open_partition("a", fjall::PartitionCreateOptions::default())?; //~ BLOCKS
    items.insert("a", "b")?; //~ BLOCKS
    let value = items.get("a")?; //~ BLOCKS
    keyspace.persist(fjall::PersistMode::SyncAll)?; //~ BLOCKS
    drop(value);
    items.len() //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn zips(file: File) -> zip::result::ZipResult<u64> {
    let mut zip = zip::ZipArchive::new(file)?; //~ BLOCKS
    zip.extract("a")?; //~ BLOCKS
    Ok(zip.by_name("a")?.size()) //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn redbs(path: &str) -> Result<(), redb::Error> {
    let db = redb::Database::create(path)?; //~ BLOCKS
    let tx = db.begin_write()?; //~ BLOCKS
    tx.commit()?; //~ BLOCKS
    let read = db.begin_read()?; //~ BLOCKS
    drop(read);
    Ok(())
}

#[nonblocking(known_blocking)]
async fn redises(client: &redis::Client) -> redis::RedisResult<String> {
    let mut con = client.get_connection()?; //~ BLOCKS
    redis::cmd("GET").arg("a").query::<()>(&mut con)?; //~ BLOCKS
    redis::Commands::get(&mut con, "a") //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn passwords(argon: &argon2::Argon2<'_>, out: &mut [u8]) -> bool {
    argon.hash_password_into(b"a", b"b", out).unwrap(); //~ BLOCKS
    scrypt::scrypt(b"a", b"b", &scrypt::Params::recommended(), out).unwrap(); //~ BLOCKS
    bcrypt::verify("a", "b").unwrap() //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn channels(rx: &flume::Receiver<u8>, ready: &parking_lot::Condvar, lock: &parking_lot::Mutex<u8>) -> u8 {
    {
        ready.wait(&mut lock.lock()); //~ BLOCKS
    }
    rx.recv().unwrap() //~ BLOCKS
}

#[nonblocking(known_blocking)]
async fn sockets(url: &str) {
    let (mut socket, _) = tungstenite::connect(url).unwrap(); //~ BLOCKS
    let message = socket.read().unwrap(); //~ BLOCKS
    drop(message);
}
