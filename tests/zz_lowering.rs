#![allow(clippy::all, clippy::pedantic)]
use std::io::{Cursor, Read};
use workflows_runtime::prelude::*;

macro_rules! steps {
    ($($name:ident($($input:ident: $ty:ty)?) -> $out:ty $body:block)*) => {$(
        #[allow(non_snake_case)]
        mod $name {
            use super::*;
            #[workflow]
            pub struct W;
            #[workflow]
            impl W {
                #[step]
                pub async fn only(&self, Start(()): Start<()>) -> StepResult<Stop<$out>> $body
            }
        }
        #[tokio::test]
        async fn $name() {
            $name::W.run(()).await.unwrap();
        }
    )*};
}

macro_rules! leave { ($e:expr) => { match $e { Ok(v) => v, Err(_) => return Ok(Stop(7)) } } }

#[workflow]
struct A;
#[workflow]
impl A {
    #[step]
    async fn read_exact(&self, Start(n): Start<u8>) -> StepResult<Stop<u64>> {
        let mut file = Cursor::new(vec![1u8, 2, 3, 4, 5, 6]);
        let mut buf = [0u8; 5];
        #[blocking(io)]
        file.read_exact(&mut buf)?;
        assert_eq!(buf, [1, 2, 3, 4, 5]);
        // the file as well
        let mut rest = Vec::new();
        #[blocking(io)]
        file.read_to_end(&mut rest)?;
        assert_eq!(rest, [6]);
        let mut array = [3, 1, 2];
        #[blocking(cpu)]
        array.sort();
        assert_eq!(array, [1, 2, 3]);
        let mut a = 1;
        let mut b = 2;
        #[blocking(cpu)]
        std::mem::swap(&mut a, &mut b);
        assert_eq!((a, b), (2, 1));
        #[blocking(cpu)]
        (a, b) = (b, a + b);
        assert_eq!((a, b), (1, 3));
        let mut option = Some(1);
        #[blocking(cpu)]
        option.replace(2);
        assert_eq!(option, Some(2));
        let mut total = 0;
        #[blocking(cpu)]
        {
            total += 5;
            let total = 7;
            drop(total);
        }
        assert_eq!(total, 5);
        #[blocking(cpu)]
        total += a;
        assert_eq!(total, 6);
        // Immutable, in a loop.
        let url = String::from("x");
        let mut lens = Vec::new();
        for i in 0..3usize {
            #[blocking(io)]
            let len = url.len() + i;
            #[blocking(cpu)]
            lens.push(len);
        }
        assert_eq!(lens, [1, 2, 3]);
        assert_eq!(url, "x");
        // Consumed.
        let mut owned = vec![1u64];
        owned.push(2);
        #[blocking(cpu)]
        let sum: u64 = owned.into_iter().sum();
        let owned = sum;
        assert_eq!(owned, 3);
        // Consumed in a loop that ends.
        let mut child = vec![1];
        child.push(n.into());
        let out = loop {
            #[blocking(io)]
            let out = child.into_iter().count();
            break out;
        };
        assert_eq!(out, 2);
        // Consumed and given a new value.
        let mut parts = vec![1, 2];
        while parts.len() < 5 {
            #[blocking(cpu)]
            let doubled: Vec<_> = parts.into_iter().flat_map(|x| [x, x]).collect();
            parts = doubled;
        }
        assert_eq!(parts.len(), 8);
        // `?` in macros, `return` in macros.
        #[blocking(io)]
        let text = format!("{}", "5".parse::<u8>()?);
        #[blocking(io)]
        let list = vec!["5".parse::<u8>()?, text.parse()?];
        assert_eq!(list, [5, 5]);
        // Uninitialized.
        let late;
        #[blocking(cpu)]
        {
            late = list.len();
        }
        assert_eq!(late, 2);
        let deferred: u8;
        #[blocking(cpu)]
        deferred = 3;
        assert_eq!(deferred, 3);
        struct R { x: u8, y: String }
        let mut r = R { x: 1, y: String::new() };
        #[blocking(cpu)]
        r.x = list[0] + 1;
        let mut v = vec![0, 0];
        #[blocking(cpu)]
        v[1] = r.x;
        assert_eq!(v, [0, 6]);
        #[blocking(cpu)]
        {
            r.x += 1;
            r.y.push('a');
        }
        assert_eq!((r.x, &*r.y), (7, "a"));
        let mut boxed = Box::new(1);
        #[blocking(cpu)]
        *boxed = late;
        assert_eq!(*boxed, 2);
        #[blocking(cpu)]
        [1, 2].len();
        #[blocking(cpu)]
        let pair = (r, v.clone());
        #[blocking(cpu)]
        let s = R { x: pair.1[0], ..pair.0 };
        #[blocking(cpu)]
        let cast = s.x as u64;
        let mut n = 0;
        'outer: for i in 0..3 {
            #[blocking(cpu)]
            let done = 'inner: loop {
                for j in 0..10 {
                    if j == 3 { continue 'inner; }
                    n += 1;
                    if n > 5 { break 'inner true; }
                }
            };
            if done { break 'outer; }
            drop(i);
        }
        assert_eq!(n, 6);
        // shadowed context name
        let ctx = String::from("ctx");
        #[blocking(cpu)]
        let l = ctx.len();
        assert_eq!(l, ctx.len());
        #[blocking(cpu)]
        return Ok(Stop(cast + leave!("x".parse::<u64>())));
    }
}
fn late_copy() -> u8 { 0 }

#[tokio::test]
async fn all() {
    assert_eq!(A.run(3).await.unwrap(), 7);
}

steps! {
    nested() -> () {
        let mut total = 0u64;
        let mut log = vec![1];
        let fut = async {
            #[blocking(cpu)]
            { total += 5; }
            Ok::<_, StepError>(())
        };
        fut.await?;
        assert_eq!(total, 5);
        if let Some(first) = log.pop() {
            #[blocking(cpu)]
            let next = first + 1;
            assert_eq!(next, first + 1);
        }
        for (name, data) in [(String::from("a"), vec![1])] {
            #[blocking(io)]
            let n = data.len() + name.len();
            assert_eq!(n, 2);
            println!("{name} {data:?}");
        }
        match Some(String::from("x")) {
            Some(text) => {
                #[blocking(io)]
                text.len();
                drop(text);
            }
            None => {}
        }
        let mut it = vec![1, 2, 3].into_iter();
        #[blocking(cpu)]
        let first = it.next();
        assert_eq!(first, Some(1));
        let rest: Vec<_> = it.collect();
        assert_eq!(rest, [2, 3]);
        let mut rows = vec![3, 1];
        let mut sum = 0;
        #[blocking(cpu)]
        rows.iter().for_each(|row| sum += row);
        assert_eq!(sum, 4);
        #[blocking(cpu)]
        if sum > 3 { rows.sort(); } else { return Ok(Stop(())); }
        assert_eq!(rows, [1, 3]);
        let mut x = 1;
        let y = &mut 5;
        *y += 1;
        while x < 3 {
            #[blocking(cpu)]
            { x += 1; }
        }
        assert_eq!(x, 3);
        Ok(Stop(()))
    }
}
