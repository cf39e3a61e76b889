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
async fn memory(bytes: &[u8]) -> Option<u8> {
    let mut out = Vec::new();
    bincode::serialize_into(&mut out, &1u8).ok()?;
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut text = String::new();
    zip.by_index(0).ok()?.read_to_string(&mut text).ok()?;
    bincode::deserialize_from(&out[..]).ok()
}

#[nonblocking(known_blocking)]
async fn building(agent: &ureq::Agent, url: &str, response: &ureq::Response) -> u16 {
    let request = agent.get(url).set("a", "b").query("c", "d");
    drop(request);
    response.status()
}

#[nonblocking(known_blocking)]
async fn asynchronous(client: &reqwest::Client, url: &str, rx: flume::Receiver<u8>, tx: flume::Sender<u8>) -> usize {
    tx.send(1).unwrap();
    let n = rx.recv_async().await.unwrap();
    client.get(url).send().await.unwrap().text().await.unwrap().len() + usize::from(n) + rx.try_iter().count()
}
