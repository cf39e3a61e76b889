use workflows_runtime::nonblocking;

use postgres::{Client, NoTls, Transaction};
use std::io::{Read, Write};

#[nonblocking(known_blocking)]
pub async fn clients(client: &mut Client) -> Result<u64, postgres::Error> {
    let mut other = Client::connect("host=localhost", NoTls)?; //~ BLOCKS
    let mut n = other.execute("DELETE FROM t", &[])?; //~ BLOCKS
    for row in client.query("SELECT a FROM t", &[])? { //~ BLOCKS
        n += row.get::<_, i64>(0) as u64;
    }
    let one = client.query_one("SELECT 1", &[])?; //~ BLOCKS
    let opt = client.query_opt("SELECT 1", &[])?; //~ BLOCKS
    client.batch_execute("VACUUM")?; //~ BLOCKS
    let statement = client.prepare("SELECT 1")?; //~ BLOCKS
    client.simple_query("SELECT 1")?; //~ BLOCKS
    let mut tx = client.transaction()?; //~ BLOCKS
    tx.execute(&statement, &[])?; //~ BLOCKS
    tx.commit()?; //~ BLOCKS
    let second = client.build_transaction().read_only(true).start()?; //~ BLOCKS
    second.rollback()?; //~ BLOCKS
    drop((one, opt));
    Ok(n)
}

#[nonblocking(known_blocking)]
pub async fn copies(client: &mut Client) -> std::io::Result<()> {
    let mut writer = client.copy_in("COPY t FROM stdin").unwrap(); //~ BLOCKS
    writer.write_all(b"1")?; //~ BLOCKS
    writer.finish().unwrap(); //~ BLOCKS
    let mut reader = client.copy_out("COPY t TO stdout").unwrap(); //~ BLOCKS
    let mut all = String::new();
    reader.read_to_string(&mut all)?; //~ BLOCKS
    Ok(())
}

#[nonblocking(known_blocking)]
pub async fn notified(client: &mut Client, tx: &mut Transaction<'_>) -> Result<bool, postgres::Error> {
    let mut all = client.notifications();
    let _ = all.blocking_iter(); //~ BLOCKS
    let nested = tx.savepoint("a")?; //~ BLOCKS
    nested.commit()?; //~ BLOCKS
    Ok(true)
}
