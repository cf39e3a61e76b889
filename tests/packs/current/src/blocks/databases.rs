use workflows_runtime::nonblocking;

use heed::{Database, Env, EnvOpenOptions, types::Str};
use redb::{ReadableDatabase, ReadableTable, TableDefinition};

const TABLE: TableDefinition<&str, u64> = TableDefinition::new("t");

#[nonblocking(known_blocking)]
pub async fn sleds(path: &str, tree: &sled::Tree) -> sled::Result<usize> {
    let db = sled::open(path)?; //~ BLOCKS
    db.insert("a", "b")?; //~ BLOCKS
    let value = db.get("a")?; //~ BLOCKS
    db.flush()?; //~ BLOCKS
    let other = db.open_tree("t")?; //~ BLOCKS
    for item in tree.iter() { //~ BLOCKS
        drop(item);
    }
    let some = tree.range("a".."b");
    let n = some.filter_map(Result::ok).count(); //~ BLOCKS
    tree.remove("a")?; //~ BLOCKS
    let configured = sled::Config::new().temporary(true).open()?; //~ BLOCKS
    drop((value, other, configured));
    Ok(n)
}

#[nonblocking(known_blocking)]
pub async fn redbs(path: &str) -> Result<u64, redb::Error> {
    let db = redb::Database::create(path)?; //~ BLOCKS
    let tx = db.begin_write()?; //~ BLOCKS
    {
        let mut table = tx.open_table(TABLE)?; //~ BLOCKS
        table.insert("a", 1)?; //~ BLOCKS
    }
    tx.commit()?; //~ BLOCKS
    let read = db.begin_read()?; //~ BLOCKS
    let table = read.open_table(TABLE)?; //~ BLOCKS
    let one = table.get("a")?.map_or(0, |n| n.value()); //~ BLOCKS
    for item in table.range("a".."b")? { //~ BLOCKS
        drop(item);
    }
    Ok(one)
}

#[nonblocking(known_blocking)]
pub async fn fjalls(path: &str, keys: &fjall::Keyspace) -> fjall::Result<usize> {
    let db = fjall::Database::builder(path).open()?; //~ BLOCKS
    let items = db.keyspace("a", fjall::KeyspaceCreateOptions::default)?; //~ BLOCKS
    items.insert("a", "b")?; //~ BLOCKS
    let value = items.get("a")?; //~ BLOCKS
    db.persist(fjall::PersistMode::SyncAll)?; //~ BLOCKS
    for item in keys.iter() { //~ BLOCKS
        drop(item);
    }
    let mut batch = db.batch();
    batch.remove(keys, "a");
    batch.commit()?; //~ BLOCKS
    drop(value);
    keys.len() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn heeds(env: &Env, db: Database<'static, Str, Str>) -> heed::Result<u64> {
    let other = unsafe { EnvOpenOptions::new().open("a")? }; //~ BLOCKS
    let mut tx = env.write_txn()?; //~ BLOCKS
    db.put(&mut tx, "a", "b")?; //~ BLOCKS
    tx.commit()?; //~ BLOCKS
    let read = env.read_txn()?; //~ BLOCKS
    let n = db.len(&read)?; //~ BLOCKS
    let value = db.get(&read, "a")?.is_some(); //~ BLOCKS
    drop(other);
    Ok(n + u64::from(value))
}
