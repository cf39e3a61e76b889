//! Bodies in which a careless mark would break something.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use workflows_runtime::nonblocking;

pub struct Out(Vec<u8>);

impl Out {
    pub fn write(&mut self, n: u8) -> &mut Self {
        self.0.push(n);
        self
    }
    pub fn read<T: From<u8>>(&self) -> T {
        T::from(self.0[0])
    }
    pub fn open<'a>(&'a self, _: &str) -> Option<&'a [u8]> {
        Some(&self.0)
    }
    pub fn send<F: Fn(&u8) -> u8>(&self, f: F) -> u8 {
        f(&self.0[0])
    }
    pub fn recv(self) -> Vec<u8> {
        self.0
    }
    pub fn flush(&mut self) -> Result<(), String> {
        Ok(())
    }
    pub fn lock(&self) -> Guard<'_> {
        Guard(&self.0)
    }
    pub fn wait(&self) -> impl Future<Output = u8> + '_ {
        async { self.0[0] }
    }
}

pub struct Guard<'a>(&'a [u8]);
impl Drop for Guard<'_> {
    fn drop(&mut self) {}
}
impl Guard<'_> {
    pub fn metadata(&self) -> usize {
        self.0.len()
    }
    pub fn join(&self) -> &[u8] {
        self.0
    }
}

#[nonblocking]
pub async fn inferred(o: Out) -> u64 {
    let n: u64 = o.read();
    let m = o.read::<u32>();
    let k = o.read::<u16>() + 1;
    n + u64::from(m) + u64::from(k)
}

#[nonblocking]
pub async fn inferred_later() -> Vec<String> {
    let mut all = Vec::new();
    let mut first = None;
    for n in 0..3 {
        all.push(n.to_string());
        first = first.or(Some(n));
    }
    let mut map = HashMap::new();
    map.entry("a").or_insert_with(Vec::new).push(1_u8);
    let copy = Default::default();
    if first == Some(copy) {
        all.clear();
    }
    all
}

#[nonblocking]
pub async fn borrowed<'a>(o: &'a Out, name: &str) -> Option<&'a [u8]> {
    let found = o.open(name)?;
    let again = o.open(name).map(|b| &b[1..])?;
    if again.is_empty() { Some(found) } else { Some(again) }
}

#[nonblocking]
pub async fn temporaries(o: Out) -> usize {
    let n = o.lock().metadata();
    let m = o.lock().join().len();
    match o.lock().join() {
        [a, ..] => usize::from(*a) + n,
        [] => m,
    }
}

#[nonblocking]
pub async fn temporaries_of_conditions(o: &Out) -> usize {
    if let [a] = o.lock().join() {
        usize::from(*a)
    } else if o.lock().metadata() > 1 {
        o.lock().join().len()
    } else {
        o.lock().metadata()
    }
}

#[nonblocking]
pub async fn extended_temporaries(o: Out) -> usize {
    let guard = &o.lock();
    let joined = &guard.join()[..];
    let n = joined.len();
    let vec = &mut Out(vec![1]).recv();
    vec.push(1);
    vec.len() + n
}

#[nonblocking]
pub async fn unused_result_is_still_reported_elsewhere(o: &mut Out) -> Result<(), String> {
    o.write(1).write(2);
    o.flush()?;
    o.write(3).flush()
}

#[nonblocking]
pub async fn closures(o: &Out) -> u8 {
    let add = 1;
    o.send(|n| n + add) + o.send(|n| *n) + o.lock().metadata() as u8
}

#[nonblocking]
pub async fn two_closures(mut o: Out) -> Vec<u8> {
    {
        let mut push = |n| {
            o.write(n).write(n);
        };
        push(1);
        push(2);
    }
    let take = move || o.recv();
    take()
}

#[nonblocking]
pub async fn moved_into_async(o: Out) -> Vec<u8> {
    let task = async move { o.recv() };
    task.await
}

#[nonblocking]
pub async fn borrowed_by_async(mut o: Out) -> usize {
    let task = async {
        o.write(1);
        o.lock().metadata()
    };
    task.await + o.recv().len()
}

#[nonblocking]
pub async fn moved_in_one_branch(o: Out, flag: bool) -> usize {
    if flag {
        return o.recv().len();
    }
    o.lock().metadata()
}

#[nonblocking]
pub async fn moved_in_a_loop(mut all: Vec<Out>) -> usize {
    let mut n = 0;
    while let Some(o) = all.pop() {
        n += o.recv().len();
    }
    n
}

#[nonblocking]
pub async fn set_later(flag: bool) -> usize {
    let o;
    if flag {
        o = Out(vec![1]);
    } else {
        o = Out(vec![]);
    }
    o.recv().len()
}

#[nonblocking]
pub async fn set_again(mut o: Out) -> usize {
    let n = o.recv().len();
    o = Out(vec![1]);
    n + o.recv().len()
}

#[nonblocking]
pub async fn not_send(cell: &Cell<u8>, rc: Rc<RefCell<Out>>) -> usize {
    cell.set(1);
    rc.borrow_mut().write(1);
    tokio::task::yield_now().await;
    let n = rc.borrow().lock().metadata();
    n
}

/// A value that is not `Send` is gone before the next await.
#[nonblocking]
pub async fn send(o: Out) -> usize {
    let n = {
        let rc = Rc::new(RefCell::new(o));
        rc.borrow_mut().write(1);
        let n = rc.borrow().lock().metadata();
        n
    };
    tokio::task::yield_now().await;
    n
}

pub fn is_send() {
    fn send_and_static<T: Send + 'static>(_: T) {}
    send_and_static(send(Out(vec![])));
    send_and_static(moved_into_async(Out(vec![])));
    send_and_static(inferred(Out(vec![])));
    send_and_static(async { temporaries_of_conditions(&Out(vec![])).await });
}

#[nonblocking]
pub async fn awaits_in_arguments(mut o: Out) -> u8 {
    let n = o.wait().await;
    o.write(async { n }.await).write(tokio::spawn(async { 1 }).await.unwrap_or(2));
    o.read::<u8>() + o.wait().await
}

#[nonblocking]
pub async fn recursive(n: u8) -> u8 {
    if n == 0 { 0 } else { Box::pin(recursive(n - 1)).await + 1 }
}

#[nonblocking]
pub fn returns_a_future(o: Out) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move { o.recv().len() })
}

#[nonblocking]
pub fn returns_an_opaque_future<'a>(o: &'a Out) -> impl Future<Output = usize> + use<'a> {
    let n = o.lock().metadata();
    async move { n }
}

#[nonblocking]
pub async fn opaque(o: &Out) -> impl Iterator<Item = u8> + '_ {
    o.open("x").into_iter().flatten().copied()
}

#[nonblocking]
pub async fn questions(o: &mut Out) -> Result<u8, Box<dyn std::error::Error>> {
    o.flush()?;
    let n: u8 = "1".parse::<u8>()?;
    let m = o.open("x").ok_or("nothing")?.first().copied().ok_or_else(|| "empty".to_owned())?;
    Ok(o.write(n).write(m).read())
}

#[nonblocking]
pub async fn blocks(o: Out) -> usize {
    let n = 'found: {
        if o.lock().metadata() > 1 {
            break 'found o.lock().join().len();
        }
        0
    };
    let m = loop {
        break o.lock().metadata();
    };
    n + m + { o.recv() }.len()
}

#[nonblocking]
pub async fn statements_that_begin_with_a_block(mut o: Out, flag: bool) {
    if flag {}
    o.write(1);
    {}
    o.write(2);
    match flag {
        true => {}
        false => drop(o.write(3)),
    }
    (o.write(4)).write(5);
    unused(o.write(6));
}

fn unused<T>(_: T) {}

#[nonblocking]
pub async fn attributes(mut o: Out) -> usize {
    #[cfg(any())]
    o.no_such_method().write(1);
    #[allow(unused_must_use)]
    o.flush();
    #[rustfmt::skip]
    let n = o.lock().metadata();
    match n {
        #[cfg(any())]
        1 => o.no_such_method(),
        #[allow(clippy::len_zero)]
        _ => o.lock().metadata(),
    }
}

#[nonblocking]
pub async fn patterns(o: &Out) -> usize {
    let (Some([a, ..]) | Some([.., a])) = o.open("x") else { return 0 };
    match o.open("y") {
        Some([b, rest @ ..]) if o.lock().metadata() > 1 => usize::from(*b) + rest.len(),
        Some(_) | None => usize::from(*a),
    }
}

#[nonblocking]
pub async fn numbers() -> u64 {
    let n = 1.max(2).min(3) + u64::from(7_u8);
    let m = (1..4).map(|n| n * 2).sum::<u64>();
    let mut range = 0..3;
    range.next().unwrap_or(0) + n + m + range.into_iter().count() as u64
}

#[nonblocking]
pub async fn arrays() -> usize {
    let all = [[0_u8; 3]; 2];
    let mut n = 0;
    for row in all {
        for cell in row.iter().copied() {
            n += usize::from(cell);
        }
    }
    for (at, x) in [1, 2, 3].into_iter().enumerate() {
        n += at * x;
    }
    n
}

#[nonblocking]
pub async fn without_self<T, const N: usize>(all: [T; N]) -> usize
where
    T: AsRef<str> + Clone,
{
    let mut n = 0;
    for one in &all {
        n += one.as_ref().lines().count();
    }
    let first = all.iter().next().cloned();
    n + first.map_or(0, |first| first.as_ref().len())
}

pub struct Service<T> {
    parts: Vec<T>,
    by_name: HashMap<String, Box<dyn Fn(&T) -> u8 + Send + Sync>>,
}

impl<T: Clone + Send + Sync + 'static> Service<T> {
    #[nonblocking]
    pub async fn call(&self, name: &str) -> Option<u8> {
        let call = self.by_name.get(name)?;
        let n = (self.by_name[name])(&self.parts[0]);
        Some(call(self.parts.first()?) + n)
    }

    #[nonblocking]
    pub async fn all(self: std::sync::Arc<Self>) -> Vec<T> {
        let mut all = Vec::new();
        for part in self.parts.iter() {
            all.push(part.clone());
        }
        all
    }

    #[nonblocking]
    pub async fn pinned(self: Pin<&mut Self>) -> usize
    where
        T: Unpin,
    {
        self.get_mut().parts.iter_mut().map(|_| 1).sum()
    }
}

pub trait Handler {
    fn handle(&self, o: Out) -> impl Future<Output = usize> + Send;
}

impl Handler for u8 {
    #[nonblocking]
    async fn handle(&self, mut o: Out) -> usize {
        o.write(*self);
        o.recv().len()
    }
}

pub trait Provided {
    #[nonblocking]
    #[allow(async_fn_in_trait)]
    async fn handle(&self, o: Out) -> usize {
        o.recv().len()
    }
}

macro_rules! twice {
    ($e:expr) => {
        ($e, $e)
    };
    (read $e:expr) => {
        $e + 1
    };
}

#[nonblocking]
pub async fn macros_of_ones_own(o: &Out) -> usize {
    let (a, b) = twice!(o.lock().metadata());
    let c = twice!(read 3);
    a + b + c
}

#[nonblocking]
pub async fn macros_with_text(o: &Out) -> String {
    let text = stringify!(std::fs::read(p));
    let list = concat!("a", 1, true);
    let file = module_path!();
    let n = o.lock().metadata();
    format!("{n} {n:>4} {0} {x:?} {file} {1}", text, list, x = o.lock().join())
}

#[nonblocking]
pub async fn selected(o: &Out) -> u8 {
    let mut n = 0;
    loop {
        tokio::select! {
            biased;
            m = o.wait(), if n < 3 => {
                n += m;
                if o.lock().metadata() > 1 { break n }
            }
            () = async { tokio::task::yield_now().await } => continue,
            Ok(m) = async { Ok::<u8, ()>(o.read()) } => n += m,
            else => break n,
        }
    }
}

#[nonblocking]
pub async fn streams(o: &Out) -> Vec<usize> {
    use futures::stream::{self, StreamExt};
    stream::iter(0..3)
        .map(|n| async move { n + o.lock().metadata() })
        .buffer_unordered(2)
        .filter_map(|n| async move { Some(n) })
        .collect()
        .await
}

#[nonblocking]
pub async fn polled(o: &Out) -> u8 {
    let mut future = std::pin::pin!(o.wait());
    std::future::poll_fn(|cx| future.as_mut().poll(cx)).await
}

#[nonblocking]
pub async fn async_closures(o: &Out) -> u8 {
    let read = async |n: u8| o.wait().await + n;
    let later = async || o.read::<u8>();
    read(1).await + later().await
}

#[nonblocking]
pub async fn captured_in_part(mut pair: (Out, Out)) -> usize {
    let first = &mut pair.0;
    let second = || pair.1.lock().metadata();
    let n = second();
    first.write(1);
    n + pair.0.recv().len()
}

#[nonblocking]
pub async fn captured_through_a_reference(pair: &mut (Out, Out)) -> usize {
    let mut add = |n| {
        pair.0.write(n).write(n);
    };
    add(1);
    pair.1.write(2);
    pair.1.lock().metadata()
}

#[nonblocking]
pub async fn boxed_in_a_closure(b: &mut Box<Out>) -> usize {
    let mut add = |n| b.write(n).lock().metadata();
    add(1) + add(2)
}

#[nonblocking]
pub async fn static_values() -> usize {
    static ALL: std::sync::LazyLock<std::sync::Mutex<Vec<u8>>> = std::sync::LazyLock::new(Default::default);
    const TEXT: &str = "a\nb";
    ALL.lock().unwrap().push(1);
    TEXT.lines().count() + ALL.lock().unwrap().iter().count()
}

#[nonblocking]
pub async fn empty() {}

#[nonblocking]
pub async fn diverges() -> ! {
    loop {
        tokio::task::yield_now().await;
    }
}

#[nonblocking]
pub async fn early(o: Out) -> Vec<u8> {
    return o.recv();
}

#[nonblocking]
#[allow(unreachable_code)]
pub async fn unfinished(o: Out) -> Vec<u8> {
    if o.lock().metadata() > 1 {
        return todo!();
    }
    o.recv()
}

#[nonblocking]
pub async fn raw_names(r#type: Out) -> usize {
    let r#fn = r#type.lock().metadata();
    r#fn + r#type.recv().len()
}

#[nonblocking]
pub async fn shadowed(o: Out) -> usize {
    let o = o.recv();
    let o = o.iter().map(|o| usize::from(*o));
    let o = o.sum::<usize>();
    o
}

#[nonblocking]
pub async fn unicode(größe: Out) -> usize {
    größe.lock().metadata()
}

/// A closure that captures the referent, and not the reference.
#[nonblocking]
pub fn outlives_the_reference(o: &Out) -> impl Fn() -> usize {
    || o.lock().metadata() + o.read::<u8>() as usize
}

#[nonblocking]
pub async fn spawned_with_a_static(o: &'static Out) -> usize {
    let task = tokio::spawn(async { usize::from(o.read::<u8>()) });
    task.await.unwrap_or(0)
}

#[nonblocking]
pub fn lazily<'a>(o: &'a Out, all: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    all.iter().filter(|n| o.send(|m| m + *n) > 1).map(|n| o.read::<u8>() + n)
}
