use workflows_runtime::nonblocking;

use rusqlite::{Connection, Row, Statement};

struct Own;
impl Own {
    async fn execute(&self, _: &str) -> usize {
        1
    }
    fn prepare(&self, _: &str) -> usize {
        1
    }
    async fn query_row(&self) {}
}

#[nonblocking(known_blocking)]
pub async fn others(own: &Own, rows: std::vec::IntoIter<u8>) -> usize {
    own.query_row().await;
    rows.filter(|n| n % 2 == 0).count() + own.prepare("") + own.execute("").await
}

#[nonblocking(known_blocking)]
pub async fn accessors(db: &Connection, statement: &Statement<'_>, row: &Row<'_>) -> rusqlite::Result<i64> {
    let name: String = row.get(0)?;
    let columns = statement.column_count() as i64;
    Ok(db.last_insert_rowid() + columns + name.len() as i64 + i64::from(db.is_autocommit()) + db.changes() as i64)
}
