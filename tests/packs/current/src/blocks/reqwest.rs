use workflows_runtime::nonblocking;

use reqwest::blocking::{Client, Request, RequestBuilder, Response};
use std::io::Read;

#[nonblocking(known_blocking)]
pub async fn get(url: &str) -> reqwest::Result<String> {
    let text = reqwest::blocking::get(url)?.text()?; //~ BLOCKS BLOCKS
    Ok(text)
}

#[nonblocking(known_blocking)]
pub async fn requests(client: &Client, request: Request, builder: RequestBuilder) -> reqwest::Result<u16> {
    let a = client.get("http://a").send()?; //~ BLOCKS
    let b = client.execute(request)?; //~ BLOCKS
    let c = builder.send()?; //~ BLOCKS
    Ok(a.status().as_u16() + b.status().as_u16() + c.status().as_u16())
}

#[nonblocking(known_blocking)]
pub async fn responses(a: Response, b: Response, mut c: Response, mut d: Response) -> reqwest::Result<Vec<u8>> {
    let json: serde_json::Value = a.json()?; //~ BLOCKS
    let bytes = b.bytes()?; //~ BLOCKS
    let mut file = Vec::new();
    c.copy_to(&mut file)?; //~ BLOCKS
    let mut text = String::new();
    d.read_to_string(&mut text).unwrap(); //~ BLOCKS
    std::io::copy(&mut d, &mut file).unwrap(); //~ BLOCKS
    drop((json, bytes));
    Ok(file)
}

#[nonblocking(known_blocking)]
pub async fn clients() -> reqwest::Result<(Client, Client)> {
    let a = Client::new(); //~ BLOCKS
    let b = Client::builder().user_agent("a").build()?; //~ BLOCKS
    Ok((a, b))
}
