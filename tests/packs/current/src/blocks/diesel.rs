use workflows_runtime::nonblocking;

use diesel::{
    dsl,
    prelude::*,
    r2d2::{ConnectionManager, Pool},
};

diesel::table! { users { id -> Integer, name -> Text, } }

#[nonblocking(known_blocking)]
pub async fn sqlite(db: &mut SqliteConnection, pool: &Pool<ConnectionManager<SqliteConnection>>) -> QueryResult<usize> {
    let mut other = SqliteConnection::establish("a").unwrap(); //~ BLOCKS
    let all = users::table.load::<(i32, String)>(db)?; //~ BLOCKS
    let one: (i32, String) = users::table.filter(users::id.eq(1)).first(db)?; //~ BLOCKS
    let names: Vec<String> = users::table.select(users::name).get_results(db)?; //~ BLOCKS
    let n: i64 = users::table.count().get_result(db)?; //~ BLOCKS
    diesel::delete(users::table).execute(&mut other)?; //~ BLOCKS
    diesel::sql_query("VACUUM").execute(db)?; //~ BLOCKS
    let mut pooled = pool.get().unwrap(); //~ BLOCKS
    let is = diesel::select(dsl::exists(users::table.filter(users::id.eq(1)))).get_result::<bool>(&mut pooled)?; //~ BLOCKS
    let other_pool = Pool::builder().build(ConnectionManager::<SqliteConnection>::new("a")).unwrap(); //~ BLOCKS
    let third_pool = Pool::new(ConnectionManager::<SqliteConnection>::new("a")).unwrap(); //~ BLOCKS
    drop(third_pool);
    drop((all, one, names, n, is, other_pool));
    diesel::insert_into(users::table).values(users::name.eq("a")).execute(db) //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn transactions(pg: &mut PgConnection, my: &mut MysqlConnection) -> QueryResult<usize> {
    let other = PgConnection::establish("a").unwrap(); //~ BLOCKS
    let n = pg.transaction(|_| Ok::<_, diesel::result::Error>(1))?; //~ BLOCKS
    let more = MysqlConnection::establish("a").unwrap(); //~ BLOCKS
    users::table.load::<(i32, String)>(pg)?; //~ BLOCKS
    users::table.load::<(i32, String)>(my)?; //~ BLOCKS
    drop((other, more));
    Ok(n)
}
