use workflows_runtime::nonblocking;

struct Own;
impl Own {
    fn install(&self, job: fn() -> u8) -> u8 {
        job()
    }
    fn par_iter(&self) -> u8 {
        1
    }
    fn join(&self, _: u8) -> u8 {
        1
    }
}

#[nonblocking(known_blocking)]
pub async fn others(own: Own, names: &[String], pool: &rayon::ThreadPool, path: &std::path::Path) -> usize {
    let (done, waiting) = tokio::sync::oneshot::channel();
    rayon::spawn(move || done.send(1usize).unwrap());
    pool.spawn(|| {});
    let n = waiting.await.unwrap();
    own.install(|| 1);
    own.par_iter();
    own.join(1);
    names.join("a").len() + n + rayon::current_num_threads() + path.join("a").as_os_str().len()
}
