//! Types and functions of the user, with names from the table.

use workflows_runtime::nonblocking;

#[derive(Clone, Copy)]
pub struct Own(u8);

impl Own {
    pub fn recv(&mut self) -> u8 {
        self.0 += 1;
        self.0
    }
    pub fn wait(self) -> u8 {
        self.0
    }
    pub fn open(&self, _: &str) -> u8 {
        self.0
    }
    pub fn join(&self) -> u8 {
        self.0
    }
    pub fn read(&mut self, n: u8) -> u8 {
        self.0 + n
    }
    pub fn write(&mut self, n: u8) -> &mut Self {
        self.0 += n;
        self
    }
    pub fn len(&self) -> u8 {
        self.0
    }
    pub fn exists(&self) -> bool {
        self.0 > 0
    }
    pub fn metadata(&self) -> Self {
        *self
    }
    pub fn flush(&self) {}
    #[must_use]
    pub fn send(&self) -> u8 {
        self.0
    }
    pub fn connect(_: &str) -> Self {
        Self(1)
    }
    pub fn execute(&self, sql: &str) -> usize {
        sql.len()
    }
    pub async fn status(&self) -> u8 {
        self.0
    }
    pub fn lines(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.0).into_iter()
    }
    pub fn seek(&mut self, f: impl Fn(u8) -> u8) -> u8 {
        f(self.0)
    }
    pub fn next(&mut self) -> Option<u8> {
        self.0.checked_sub(1)
    }
    pub fn fetch(&self) -> u8 {
        self.0
    }
}

#[nonblocking]
pub async fn by_value(o: Own) -> u8 {
    o.wait()
}

#[nonblocking]
pub async fn by_unique_reference(mut o: Own) -> u8 {
    o.recv() + o.read(1)
}

#[nonblocking]
pub async fn statement(o: Own) {
    o.flush();
    o.metadata().flush();
}

#[nonblocking]
pub async fn chain(mut o: Own) -> u8 {
    o.write(1).write(2).write(3).len()
}

#[nonblocking]
pub async fn two_phases(mut o: Own) -> u8 {
    o.read(o.len()) + o.write(o.len()).len()
}

#[nonblocking]
pub async fn reborrowed(o: &mut Own) -> u8 {
    let r = &mut *o;
    r.recv();
    r.write(1).recv();
    o.recv()
}

#[nonblocking]
pub async fn given(o: &mut Own) -> &mut Own {
    o.write(1)
}

#[nonblocking]
pub async fn in_a_closure(mut o: Own) -> u8 {
    let mut next = || o.recv() + o.read(2);
    next() + next()
}

#[nonblocking]
pub async fn in_a_moving_closure(o: Own) -> u8 {
    let next = move || o.wait();
    next()
}

#[nonblocking]
pub async fn behind_a_reference_in_a_closure(o: &mut Own) -> u8 {
    let mut next = || o.recv();
    next()
}

#[nonblocking]
pub async fn boxed(mut o: Box<Own>) -> u8 {
    let mut next = || o.recv();
    next() + o.wait()
}

#[nonblocking]
pub async fn conditions(o: Own) -> bool {
    if o.exists() && o.send() > 1 || !o.exists() {
        return true;
    }
    while o.exists() {
        return false;
    }
    matches!(o.send(), 1 | 2 if o.exists())
}

#[nonblocking]
pub async fn indexed(mut v: Vec<Own>, i: usize, map: std::collections::HashMap<String, Own>) -> u8 {
    v[i].recv() + v[i + 1].read(1) + v[v.len() - 1].send() + map["x"].send() + map[&i.to_string()].send()
}

pub struct Outer {
    own: Own,
    all: [Own; 2],
    inner: Option<Box<Outer>>,
}

impl Outer {
    pub fn own(&mut self) -> &mut Own {
        &mut self.own
    }

    #[nonblocking]
    pub async fn fields(&mut self) -> u8 {
        self.own.recv() + self.all[0].read(1) + self.own().recv() + self.own().write(2).send()
    }

    #[nonblocking]
    pub async fn disjoint(&mut self) -> u8 {
        let own = &mut self.own;
        let n = self.all[1].recv();
        own.recv() + n
    }

    #[nonblocking]
    pub async fn optional(&mut self) -> Option<u8> {
        let inner = self.inner.as_mut()?;
        Some(inner.own.recv() + inner.own().recv())
    }

    #[nonblocking]
    pub async fn moved(self) -> u8 {
        let Self { own, all: [a, b], inner } = self;
        own.wait() + a.wait() + b.wait() + inner.map_or(0, |outer| outer.own.wait())
    }

    #[nonblocking]
    pub async fn moved_in_part(self) -> u8 {
        let inner = self.inner;
        let n = inner.map_or(0, |inner| inner.own.send());
        self.own.wait() + n
    }
}

#[nonblocking]
pub async fn constructed() -> u8 {
    Own::connect("x").wait() + Own(1).recv() + Own::connect("y").write(1).send()
}

#[nonblocking]
pub async fn as_functions(mut o: Own) -> u8 {
    Own::recv(&mut o) + Own::wait(o) + Own::read(&mut o, 1) + Own::connect("x").len()
}

#[nonblocking]
pub async fn as_values(v: Vec<Own>) -> u8 {
    v.iter().map(Own::send).chain(v.iter().copied().map(Own::wait)).sum()
}

#[nonblocking]
pub async fn un_awaited(o: Own) -> u8 {
    let later = o.status();
    later.await + o.status().await
}

#[nonblocking]
pub async fn iterators(o: Own) -> u8 {
    let mut n = 0;
    for line in o.lines() {
        n += line;
    }
    let lines = o.lines();
    for line in lines {
        n += line;
    }
    n
}

#[nonblocking]
pub async fn closures_as_arguments(mut o: Own) -> u8 {
    o.seek(|n| n + 1) + o.write(1).seek(|n| n * 2)
}

#[nonblocking]
pub async fn results(o: Own) -> u8 {
    let Some(n) = Some(o.send()) else { return 0 };
    let _ = o.send();
    let _ignored = o.send();
    n
}

#[nonblocking]
pub async fn with_labels(mut o: Own) -> u8 {
    'all: loop {
        while let Some(n) = o.next() {
            if n == 3 {
                break 'all o.send();
            }
            if n == 4 {
                continue 'all;
            }
        }
    }
}

#[nonblocking]
pub async fn compared(a: Own, b: Own) -> bool {
    a.send() == b.send() && a.metadata().0 < b.metadata().0 && -i16::from(a.send()) < 0
}

#[nonblocking]
pub async fn assigned(mut o: Own) -> u8 {
    o.write(1).0 = 3;
    o.write(1).0 += o.send();
    let borrowed = &mut o;
    o.write(3).0 = borrowed.recv();
    *o.write(2) = Own(1);
    o.metadata().len()
}

#[nonblocking]
pub async fn cast(o: Own) -> u64 {
    o.send() as u64 + (o.send() as u64) << 1
}

#[nonblocking]
pub async fn in_macros(mut o: Own) -> String {
    println!("{} {}", o.send(), o.exists());
    assert!(o.exists());
    assert!(o.exists(), "{}", o.send());
    assert_eq!(o.send(), 1, "of {}", o.recv());
    debug_assert!(o.exists() || o.send() > 2);
    let _ = dbg!(o.send());
    let v = vec![o.send(), o.recv()];
    let w = vec![o.send(); 3];
    format!("{v:?}{w:?}{x}{:>1$}", o.send(), 3, x = o.recv())
}

/// The message has the condition as it is written.
#[nonblocking]
pub async fn asserted(o: Own) {
    assert!(o.exists());
}

pub struct Noisy(Own);
impl Drop for Noisy {
    fn drop(&mut self) {
        self.0.flush();
    }
}
impl Noisy {
    pub fn send(&self) -> u8 {
        self.0.0
    }
    pub fn recv(&self) -> &Own {
        &self.0
    }
    pub fn open(&self) -> std::cell::Ref<'_, u8> {
        unimplemented!()
    }
}

#[nonblocking]
pub async fn dropped_at_the_end(n: Noisy) -> u8 {
    let m = Noisy(Own(1)).recv().send();
    let k = match Noisy(Own(2)).recv().send() {
        1 => n.recv().len(),
        k => k,
    };
    let r = &Noisy(Own(3)).recv().metadata();
    n.send() + m + k + r.len()
}

impl std::ops::Deref for Noisy {
    type Target = Own;
    fn deref(&self) -> &Own {
        &self.0
    }
}

#[nonblocking]
pub async fn dereferenced(n: Noisy, o: std::rc::Rc<Noisy>, p: &&Noisy) -> u8 {
    n.join() + o.join() + p.join() + (**p).join() + (*o).exists() as u8
}

pub trait Store {
    fn read(&self, n: usize) -> usize;
    fn open() -> Self
    where
        Self: Sized;
    fn connect(&self) -> impl Future<Output = usize>;
}

#[nonblocking]
pub async fn generic<S: Store + Clone>(s: &S) -> usize {
    let t = S::open();
    let u: S = Store::open();
    s.read(1) + S::read(&t, 2) + <S as Store>::read(&u, 2) + s.clone().read(3) + s.connect().await
}

#[nonblocking]
pub async fn dynamic(s: &dyn std::io::Read, e: Box<dyn Fn(u8) -> u8>, v: &mut dyn std::fmt::Write) -> u8 {
    let _ = s;
    let _ = v.write_str("x");
    let _ = write!(v, "{}", 1);
    e(1)
}

#[nonblocking]
pub async fn iterator_of_ones_own<I: Iterator<Item = u8>>(mut all: I) -> u8 {
    let n = all.next().unwrap_or(0);
    for m in all.by_ref() {
        drop(m);
    }
    for m in all {
        drop(m);
    }
    n
}

pub mod names {
    pub fn read(n: usize) -> usize {
        n
    }
    pub fn add(n: usize) -> usize {
        n + 1
    }
    pub fn flush(value: &mut Vec<u8>) -> usize {
        value.len()
    }
    pub fn copy(a: &mut u8, b: &mut u8) -> u8 {
        *a + *b
    }
    pub fn write<T: Default>(_: usize) -> T {
        T::default()
    }
    pub async fn connect(u: &str) -> usize {
        u.len()
    }
    pub fn sleep(f: impl FnOnce(&str) -> usize) -> usize {
        f("x")
    }
    pub fn rename<F>(f: F) -> usize
    where
        F: for<'a> Fn(&'a [u8]) -> &'a [u8],
    {
        f(b"x").len()
    }
    pub fn scope<T>(f: impl FnOnce(&mut Vec<T>)) -> Vec<T> {
        let mut all = Vec::new();
        f(&mut all);
        all
    }
    pub fn wait_while<T>(value: T, f: impl Fn(&T) -> bool) -> bool {
        f(&value)
    }
    pub fn metadata<const N: usize>(of: [u8; N]) -> usize {
        of.len()
    }
    #[must_use]
    pub fn exists(n: u8) -> bool {
        n > 0
    }
    #[allow(non_camel_case_types)]
    pub struct open(pub u8);
    pub enum Kind {
        #[allow(non_camel_case_types)]
        spawn(u8),
    }
    pub const fn remove_file(n: u8) -> u8 {
        n
    }
    pub fn create_dir() -> ! {
        std::process::exit(0)
    }
}

#[nonblocking]
pub async fn functions(a: &mut u8, b: &mut u8) -> usize {
    let n: u8 = names::write(1);
    names::read(2) + names::copy(a, b) as usize + usize::from(n) + names::connect("x").await
}

#[nonblocking]
pub async fn functions_with_closures() -> usize {
    let all = names::scope(|all| all.push(1_u8));
    let found = names::wait_while("abc", |s| s.len() > 2);
    names::sleep(|s| s.len()) + names::rename(|b| &b[1..]) + all.len() + usize::from(found)
}

#[nonblocking]
pub async fn functions_by_name() -> usize {
    use names::{metadata, open, read, write};
    let all: Vec<usize> = [1, 2].into_iter().map(read).collect();
    let opened: Vec<open> = [1].into_iter().map(open).collect();
    let text: String = write(1);
    let kinds = [1].map(names::Kind::spawn);
    let names::Kind::spawn(n) = kinds[0];
    all.len() + usize::from(opened[0].0) + metadata([0; 3]) + text.len() + read(1) + usize::from(n)
}

#[nonblocking]
pub async fn functions_in_constants() -> u8 {
    const N: u8 = names::remove_file(3);
    let n: [u8; names::remove_file(2) as usize] = [names::remove_file(1); names::remove_file(2) as usize];
    N + n[0]
}

#[nonblocking]
pub async fn function_that_never_returns(n: u8) -> u8 {
    if n == 1 { names::create_dir() } else { n }
}

#[nonblocking]
pub async fn generic_functions<T: Default + Into<usize>>() -> usize {
    let value: T = names::write(1);
    let later = names::write(2);
    let n: u8 = later;
    value.into() + usize::from(n) + names::write::<usize>(1)
}

macro_rules! local {
    ($name:ident) => {
        let $name = |n: usize| n + 1;
    };
}

#[nonblocking]
pub async fn names_of_bindings(copy: u8, rename: fn(u8) -> u8) -> usize {
    let read = |n: usize| n + 1;
    let write = read(1);
    let mut sleep = String::from("x");
    sleep.push('y');
    let open = move || sleep;
    let [connect, metadata] = [1_usize, 2];
    if let Some(exists) = Some(3_usize) {
        return exists + connect;
    }
    local!(park);
    write + metadata + usize::from(rename(copy)) + open().len() + park(1)
}

#[nonblocking]
pub async fn names_of_fields(own: Own) -> usize {
    struct Fields {
        read: usize,
        write: fn(usize) -> usize,
        own: Own,
    }
    let read = 1;
    let fields = Fields { read, write: names::read, own };
    let Fields { read, write, own } = fields;
    read + write(2) + (fields.write)(1) + own.send() as usize
}

#[nonblocking]
pub async fn names_of_patterns(n: Option<u8>) -> u8 {
    match n {
        Some(read @ 1..=3) => read,
        Some(copy) if copy > 5 => copy,
        Some(write) | Some(write) => write,
        None => [1_u8, 2].iter().map(|sleep| sleep + 1).sum(),
    }
}

#[nonblocking]
pub async fn functions_side_by_side(flag: bool) -> usize {
    use names::{add, read};
    let one = if flag { read } else { add };
    let two = match flag {
        true => add,
        false => read,
    };
    let all = [read, add];
    let forever: &'static (dyn Fn(usize) -> usize + Sync) = &read;
    let pointer = read as fn(usize) -> usize;
    let boxed: Box<dyn Fn(usize) -> usize> = Box::new(read);
    one(1) + two(2) + all[0](3) + forever(4) + pointer(5) + boxed(6)
}

#[nonblocking]
pub async fn constants_that_live_for_ever() -> usize {
    let mut numbers = [1_usize, 2, 3].iter();
    let mut zeros = [0_usize; 3].iter();
    let mut some = Some(3_usize).iter();
    let named = Named { all: [4] }.iter();
    let first = numbers.next().unwrap_or(&0) + zeros.next().unwrap_or(&1) + some.next().unwrap_or(&2);
    first + numbers.sum::<usize>() + named
}

pub struct Named {
    all: [usize; 1],
}
impl Named {
    pub fn iter(&self) -> usize {
        self.all[0]
    }
}

macro_rules! of {
    ($own:ident . $field:tt) => {
        $own.$field
    };
}

#[nonblocking]
pub async fn places_from_macros(mut outer: Outer, pair: &mut (Own, Vec<Own>)) -> u8 {
    of!(outer.own).recv() + of!(pair.0).recv() + of!(pair.1).iter().map(Own::send).sum::<u8>()
}

macro_rules! define {
    ($name:ident($own:ident) $body:expr, $then:block) => {
        #[nonblocking]
        pub async fn $name(mut $own: Own) -> u8 {
            let before = $own.recv();
            let n = $body;
            n + before + $own.write(n).len() + $then
        }
    };
}

define!(defined_by_a_macro(own) own.recv() + own.write(1).send(), { own.read(1) });

#[nonblocking]
pub async fn expected_types(o: &Own) -> usize {
    let any: Option<&dyn std::any::Any> = o.execute_with(Some(o));
    let slice: &[u8] = o.wait_for(&[1, 2, 3]);
    let boxed: Box<dyn Fn(u8) -> u8> = o.join_with(Box::new(|n| n + 1));
    slice.len() + usize::from(boxed(1)) + usize::from(any.is_some())
}

impl Own {
    pub fn execute_with<T: ?Sized>(self, value: Option<&T>) -> Option<&T> {
        value
    }
    pub fn wait_for<T: ?Sized>(self, value: &T) -> &T {
        value
    }
    pub fn join_with<T: ?Sized>(self, value: Box<T>) -> Box<T> {
        value
    }
    pub fn select<T>(&self, value: T) -> T {
        value
    }
}

pub fn exact(value: Option<&dyn std::any::Any>) -> usize {
    usize::from(value.is_some())
}

impl names::Kind {
    pub fn query(self) -> Self {
        self
    }
    pub fn recv<T>(&self, value: T) -> T {
        value
    }
}

#[nonblocking]
pub async fn expected_types_of_known_names(k: &names::Kind, o: &Own) -> usize {
    let any: Option<&dyn std::any::Any> = k.recv(Some(o));
    exact(any) + exact(k.recv(Some(o as &dyn std::any::Any)))
}

pub struct Text(Vec<String>);
impl Text {
    pub fn lines(self) -> Vec<String> {
        self.0
    }
    pub fn read(&mut self) -> &mut String {
        &mut self.0[0]
    }
    pub fn write<'a>(this: &'a mut Self, text: &str) -> &'a mut String {
        this.0.push(text.to_owned());
        &mut this.0[0]
    }
    pub fn next(&self) -> std::slice::Iter<'_, String> {
        self.0.iter()
    }
    pub fn into_inner(this: Self) -> Vec<String> {
        this.0
    }
}

#[nonblocking]
pub async fn functions_that_borrow_or_take(mut t: Text, mut other: Box<Text>) -> usize {
    let first = Text::read(&mut t);
    first.push('x');
    Text::write(&mut t, "x").push('y');
    let written = Text::write(&mut other, "z");
    written.push('y');
    let n = Text::next(&t).len();
    n + Text::lines(t).len() + Text::into_inner(*other).len()
}

#[nonblocking]
pub async fn inferred_by_the_call() -> usize {
    fn into_inner(value: &mut Option<Text>) -> usize {
        value.take().map_or(0, |text| text.lines().len())
    }
    let mut later = Default::default();
    names::flush(&mut later) + into_inner(&mut None) + later.len()
}

mod of_modules {
    pub fn write(pair: &'static (u8, &'static str), _: u8) -> &'static u8 {
        &pair.0
    }
    pub fn read<T: Default>(_: &T, _: u8) -> T {
        T::default()
    }
    pub fn to_socket_addrs<T>(address: T) -> T {
        address
    }
    pub fn flush(bytes: &'static [u8]) -> usize {
        bytes.len()
    }
    pub trait Read {
        fn read(&mut self, at: u8) -> u8;
    }
    impl Read for u8 {
        fn read(&mut self, at: u8) -> u8 {
            *self + at
        }
    }
}

#[nonblocking]
pub async fn functions_of_modules_with_values(name: String, port: u16) -> usize {
    let first = of_modules::write(&(1, "x"), 2);
    let parsed: u16 = of_modules::read(&"1".parse().unwrap(), 2);
    let (host, _) = of_modules::to_socket_addrs((name, port));
    let (other, _) = of_modules::to_socket_addrs(("localhost", 80));
    let read = <u8 as of_modules::Read>::read(&mut port.try_into().unwrap(), 2);
    let sum = of_modules::Read::read(&mut u8::from(true), 1);
    tokio::task::yield_now().await;
    usize::from(*first) + usize::from(parsed + u16::from(read + sum)) + host.len() + other.len() + of_modules::flush(&[1])
}

#[nonblocking]
pub async fn readers_and_writers_in_memory(shared: &std::sync::Mutex<Vec<u8>>) -> std::io::Result<usize> {
    use std::io::{BufRead, Cursor, Read, Write};
    Write::write_all(&mut *shared.lock().unwrap(), b"x")?;
    let mut line = String::new();
    BufRead::read_line(&mut Cursor::new("text"), &mut line)?;
    Read::read_to_string(&mut std::io::empty().take(3), &mut line)?;
    tokio::task::yield_now().await;
    Write::write(&mut vec![1_u8], line.as_bytes())
}

pub struct Stream(std::net::TcpStream);

impl Stream {
    pub fn read(&self) -> u8 {
        1
    }
    pub fn lines(&self) -> std::vec::IntoIter<u8> {
        Vec::new().into_iter()
    }
}

impl std::ops::Deref for Stream {
    type Target = std::net::TcpStream;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[nonblocking]
pub async fn own_methods_as_functions(stream: Stream) -> usize {
    let read = Stream::read(&stream) + Stream::read(&Stream(stream.0.try_clone().unwrap()));
    Stream::lines(&stream).count() + Stream::lines(&stream).map(usize::from).sum::<usize>() + usize::from(read)
}
