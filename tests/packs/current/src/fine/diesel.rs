use workflows_runtime::nonblocking;

use diesel::prelude::*;

diesel::table! { users { id -> Integer, name -> Text, } }

struct Pool;
impl Pool {
    async fn get(&self) -> u8 {
        1
    }
    fn execute(&self, _: &mut u8) -> u8 {
        1
    }
    fn load(&self, _: &str) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn building(pool: &Pool, value: std::sync::atomic::AtomicU8, mut n: u8) -> String {
    pool.get().await;
    pool.execute(&mut n);
    pool.load("a");
    value.load(std::sync::atomic::Ordering::Relaxed);
    let query = users::table.filter(users::id.eq(1)).order(users::name.asc()).limit(1);
    diesel::debug_query::<diesel::sqlite::Sqlite, _>(&query).to_string()
}
