use workflows_runtime::nonblocking;

use rusqlite::{Connection, Rows, Statement, Transaction, params};

#[nonblocking(known_blocking)]
pub async fn connections(path: &str) -> rusqlite::Result<Option<String>> {
    let mut db = Connection::open(path)?; //~ BLOCKS
    let other = rusqlite::Connection::open_with_flags(path, rusqlite::OpenFlags::default())?; //~ BLOCKS
    db.execute("DELETE FROM t WHERE a = ?1", params![1])?; //~ BLOCKS
    db.execute_batch("VACUUM")?; //~ BLOCKS
    let name = db.query_row("SELECT a FROM t", [], |row| row.get(0))?; //~ BLOCKS
    db.pragma_update(None, "journal_mode", "WAL")?; //~ BLOCKS
    let tx = db.transaction()?; //~ BLOCKS
    tx.execute("DELETE FROM t", [])?; //~ BLOCKS
    tx.commit()?; //~ BLOCKS
    drop(other);
    Ok(name)
}

#[nonblocking(known_blocking)]
pub async fn statements(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare("SELECT a FROM t")?; //~ BLOCKS
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?; //~ BLOCKS
    let mut all = Vec::new();
    for row in rows { //~ BLOCKS
        all.push(row?);
    }
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?; //~ BLOCKS
    all.extend(names);
    Ok(all)
}

#[nonblocking(known_blocking)]
pub async fn cached(
    db: &Connection,
    rows: &mut Rows<'_>,
    mapped: Statement<'_>,
    tx: Transaction<'_>,
) -> rusqlite::Result<usize> {
    let mut statement = db.prepare_cached("SELECT a FROM t")?; //~ BLOCKS
    let n = statement.execute([])?; //~ BLOCKS
    while let Some(row) = rows.next()? { //~ BLOCKS
        let _: u8 = row.get(0)?;
    }
    let is = statement.exists([])?; //~ BLOCKS
    tx.rollback()?; //~ BLOCKS
    drop((mapped, is));
    Ok(n)
}

#[nonblocking(known_blocking)]
pub async fn collected(statement: &mut Statement<'_>) -> rusqlite::Result<usize> {
    let rows = statement.query_map([], |row| row.get::<_, u8>(0))?; //~ BLOCKS
    let even = rows.filter_map(Result::ok).filter(|n| n % 2 == 0);
    let mut all = vec![even.count()]; //~ BLOCKS
    let more = statement.query_map([], |row| row.get::<_, u8>(0))?; //~ BLOCKS
    all.extend(more.flatten().map(usize::from)); //~ BLOCKS
    Ok(all.len())
}
