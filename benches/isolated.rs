//! W8: a call of isolated code, relative to a bare echo of length-prefixed messages over the same kind of socket, and a
//! fresh process relative to spawning `/bin/true` and waiting for it.
//!
//! `cargo bench --bench isolated`

mod common;

#[cfg(unix)]
fn main() {
    bench::main();
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod bench {
    use super::common::{Row, current_thread, head, in_a_task, micros, multi_thread, rounds};
    use futures::stream::{FuturesUnordered, StreamExt};
    use std::{
        cell::Cell,
        hint::black_box,
        io::{self, Read, Write},
        os::{
            fd::{AsFd, OwnedFd},
            unix::net::UnixStream as Std,
        },
        process::{Child, Command},
        time::Instant,
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::UnixStream,
    };
    use workflows_runtime::{Executors, isolated, isolated::Registry, prelude::*};

    const ROUNDS: usize = 31;
    const CALLS: u32 = 500;
    const ECHO: &str = "BENCH_ECHO";

    #[blocking(cpu, isolated)]
    fn call(number: u64) -> u64 {
        black_box(number)
    }

    /// Answers each message with itself, on stdin.
    fn echo() -> io::Result<()> {
        let mut stream = Std::from(io::stdin().as_fd().try_clone_to_owned()?);
        let mut message = Vec::new();
        loop {
            let mut length = [0; 4];
            stream.read_exact(&mut length)?;
            message.resize(u32::from_le_bytes(length) as usize + 4, 0);
            message[..4].copy_from_slice(&length);
            stream.read_exact(&mut message[4..])?;
            stream.write_all(&message)?;
        }
    }

    /// A process that echoes, and the connection to it.
    struct Echo {
        child: Child,
        stream: UnixStream,
        message: Vec<u8>,
    }

    impl Echo {
        fn start() -> Self {
            let (ours, theirs) = Std::pair().unwrap();
            let mut command = Command::new("/proc/self/exe");
            let child = command.env(ECHO, "1").stdin(OwnedFd::from(theirs)).spawn().unwrap();
            drop(command);
            ours.set_nonblocking(true).unwrap();
            let message = [&20_u32.to_le_bytes()[..], &[7; 20]].concat();
            Self { child, stream: UnixStream::from_std(ours).unwrap(), message }
        }

        async fn call(&mut self) {
            self.stream.write_all(&self.message).await.unwrap();
            let length = self.stream.read_u32_le().await.unwrap();
            let mut answer = vec![0; length as usize];
            self.stream.read_exact(&mut answer).await.unwrap();
            black_box(answer);
        }
    }

    impl Drop for Echo {
        fn drop(&mut self) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }

    /// Microseconds per call, with two processes and as many calls as these in flight.
    async fn echoes([one, other]: &mut [Echo; 2]) -> f64 {
        let left = &Cell::new(CALLS);
        let serve = async |echo: &mut Echo| {
            while left.get() > 0 {
                left.set(left.get() - 1);
                echo.call().await;
            }
        };
        let begun = Instant::now();
        futures::join!(serve(one), serve(other));
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
    }

    async fn in_flight(number: u32) -> f64 {
        micros(1, async || {
            let mut calls: FuturesUnordered<_> = (0..number).map(|_| call(7)).collect();
            let mut begun = number;
            while calls.next().await.is_some() {
                if begun < CALLS {
                    begun += 1;
                    calls.push(call(7));
                }
            }
        })
        .await
            / f64::from(CALLS)
    }

    fn calls(runtime: &str, handle: &tokio::runtime::Runtime) {
        let mut rows = [
            Row::new(format!("W8 call, one at a time, {runtime}"), 1.5),
            Row::new(format!("W8 call, 64 in flight, {runtime}"), 1.3),
        ];
        handle.block_on(async {
            let mut two = [Echo::start(), Echo::start()];
            for _ in 0..rounds(ROUNDS) {
                let [echo, _] = &mut two;
                let mut bare = async || {
                    let begun = Instant::now();
                    for _ in 0..CALLS {
                        echo.call().await;
                    }
                    begun.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
                };
                rows[0].round(bare().await, micros(CALLS, || call(7)).await);
                rows[1].round(echoes(&mut two).await, in_flight(64).await);
            }
        });
        for row in &rows {
            row.print("us");
        }
    }

    #[workflow]
    struct Fresh;

    #[workflow]
    impl Fresh {
        #[step]
        async fn call(&self, _: Start<()>) -> Stop<u64> {
            Stop(call(7).await)
        }
    }

    async fn fresh() {
        let mut row = Row::new("W8 fresh process and one call", 3.0);
        for _ in 0..rounds(ROUNDS) {
            let baseline = micros(10, async || Command::new("/bin/true").status().unwrap()).await;
            let ours = micros(10, async || {
                let executors = Executors::builder().isolated_processes(1).build().unwrap();
                Fresh.run(()).executors(&executors).await.unwrap()
            })
            .await;
            row.round(baseline, ours);
        }
        row.print("us");
    }

    pub(super) fn main() {
        if std::env::var_os(ECHO).is_some() {
            // Ends with the connection.
            drop(echo());
            return;
        }
        isolated::init(|| Registry::new().function(call));
        let executors = Executors::builder().isolated_processes(2).build().unwrap();
        assert!(Executors::set_default(executors).is_ok());
        for (name, runtime) in [("current_thread", current_thread()), ("multi_thread", multi_thread())] {
            head(name);
            calls(name, &runtime);
        }
        in_a_task(&current_thread(), fresh());
    }
}
