use workflows_runtime::nonblocking;

mod own {
    pub fn hash(_: &str, _: u32) -> String {
        String::new()
    }
    pub struct Hasher;
    impl Hasher {
        pub async fn hash_password(&self, _: &str) -> String {
            String::new()
        }
        pub fn verify_password(&self, _: &str) -> bool {
            true
        }
    }
}

#[nonblocking(known_blocking)]
pub async fn others(hasher: own::Hasher, argon: &argon2::Argon2<'_>) -> usize {
    let a = own::hash("a", 1);
    let b = hasher.hash_password("a").await;
    let c = bcrypt::DEFAULT_COST + argon.params().m_cost();
    a.len() + b.len() + c as usize + usize::from(hasher.verify_password("a"))
}

#[nonblocking(known_blocking)]
pub async fn offloaded(password: String) -> String {
    tokio::task::spawn_blocking(move || bcrypt::hash(password, 12).unwrap()).await.unwrap()
}
