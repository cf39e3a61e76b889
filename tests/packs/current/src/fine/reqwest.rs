use workflows_runtime::nonblocking;

#[nonblocking(known_blocking)]
pub async fn asynchronous(client: &reqwest::Client, url: &str) -> reqwest::Result<String> {
    let response = client.get(url).send().await?;
    let status = response.status();
    let again = client.execute(client.get(url).build()?).await?;
    let json: serde_json::Value = again.json().await?;
    let bytes = reqwest::get(url).await?.bytes().await?;
    drop((status, json, bytes));
    response.text().await
}

#[nonblocking(known_blocking)]
pub async fn building(client: &reqwest::blocking::Client, response: &reqwest::blocking::Response) -> u16 {
    let request = client.get("http://a").header("a", "b").build();
    drop(request);
    response.headers().len() as u16 + response.status().as_u16()
}

#[nonblocking(known_blocking)]
pub async fn asynchronous_clients() -> reqwest::Result<(reqwest::Client, reqwest::Client)> {
    let configured = reqwest::blocking::Client::builder().user_agent("a");
    drop(configured);
    Ok((reqwest::Client::new(), reqwest::Client::builder().user_agent("a").build()?))
}
