use workflows_runtime::nonblocking;

use mysql::{Pool, PooledConn, TxOpts, params, prelude::*};

#[nonblocking(known_blocking)]
pub async fn connections(pool: &Pool) -> mysql::Result<Vec<u32>> {
    let other = Pool::new("mysql://a")?; //~ BLOCKS
    let mut conn = pool.get_conn()?; //~ BLOCKS
    let all: Vec<u32> = conn.query("SELECT 1")?; //~ BLOCKS
    conn.query_drop("DELETE FROM t")?; //~ BLOCKS
    conn.exec_drop("DELETE FROM t WHERE a = :a", params! { "a" => 1 })?; //~ BLOCKS
    conn.exec_batch("INSERT", vec![params! { "a" => 1 }])?; //~ BLOCKS
    let first: Option<u32> = conn.query_first("SELECT 1")?; //~ BLOCKS
    let mapped = conn.query_map("SELECT 1", |n: u32| n)?; //~ BLOCKS
    let statement = conn.prep("SELECT 1")?; //~ BLOCKS
    let mut tx = conn.start_transaction(TxOpts::default())?; //~ BLOCKS
    tx.query_drop("DELETE")?; //~ BLOCKS
    tx.commit()?; //~ BLOCKS
    drop((other, first, mapped, statement));
    Ok(all)
}

#[nonblocking(known_blocking)]
pub async fn queries(conn: &mut PooledConn) -> mysql::Result<usize> {
    let first: Option<u32> = "SELECT 1".first(&mut *conn)?; //~ BLOCKS
    let mut n = first.map_or(0, |n| n as usize);
    let result = conn.query_iter("SELECT 1")?; //~ BLOCKS
    for row in result { //~ BLOCKS
        n += row?.len();
    }
    Ok(n)
}
