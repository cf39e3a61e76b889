use workflows_runtime::nonblocking;

use std::io::Read;

#[nonblocking(known_blocking)]
pub async fn requests(agent: &ureq::Agent, url: &str) -> Result<String, ureq::Error> {
    let mut response = ureq::get(url).call()?; //~ BLOCKS
    let posted = ureq::post(url).send_json(&1)?; //~ BLOCKS
    let sent = agent.post(url).send("text")?; //~ BLOCKS
    let form = agent.put(url).send_form([("a", "b")])?; //~ BLOCKS
    let empty = agent.post(url).send_empty()?; //~ BLOCKS
    let ran = agent.run(ureq::http::Request::get(url).body(()).unwrap())?; //~ BLOCKS
    let alone = ureq::run(ureq::http::Request::get(url).body(()).unwrap())?; //~ BLOCKS
    drop((posted, sent, form, empty, ran, alone));
    response.body_mut().read_to_string() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn bodies(mut a: ureq::Body, mut b: ureq::Body, mut c: ureq::Body) -> Result<usize, ureq::Error> {
    let vec = a.read_to_vec()?; //~ BLOCKS
    let json: serde_json::Value = b.read_json()?; //~ BLOCKS
    let mut text = String::new();
    c.as_reader().read_to_string(&mut text).unwrap(); //~ BLOCKS
    let limited = c.with_config().limit(10).read_to_string()?; //~ BLOCKS
    let parsed: u8 = serde_json::from_reader(c.into_reader()).unwrap(); //~ BLOCKS
    drop((json, parsed));
    Ok(vec.len() + limited.len())
}
