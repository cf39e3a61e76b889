//! The same functions with and without the attribute, to compare sizes, drops and panic messages.

macro_rules! functions {
    ($name:ident, #[$attribute:meta]) => {
        pub(crate) mod $name {
            use std::sync::Mutex;
            use tokio::task::yield_now;

            pub(crate) struct Own<'a>(pub(crate) [u8; 64], pub(crate) &'a Mutex<Vec<u8>>);

            impl Drop for Own<'_> {
                fn drop(&mut self) {
                    self.1.lock().unwrap().push(self.0[0]);
                }
            }

            impl<'a> Own<'a> {
                fn write(&mut self, n: u8) -> &mut Self {
                    self.0[0] += n;
                    self
                }
                fn open(&self) -> Own<'a> {
                    Own([self.0[0] + 1; 64], self.1)
                }
                fn read(&self, n: u8) -> u8 {
                    self.0[0] + n
                }
            }

            fn copy(own: Own<'_>, _: u8) -> Own<'_> {
                own
            }

            async fn later(n: u8) -> u8 {
                yield_now().await;
                n
            }

            #[$attribute]
            pub(crate) async fn arguments(own: Own<'_>) -> u8 {
                let mut own = copy(own, later(1).await);
                own.write(later(2).await).write(3);
                own.open().open().read(later(4).await)
            }

            #[$attribute]
            pub(crate) async fn temporaries(own: Own<'_>) -> u8 {
                let n = own.open().read(own.open().open().read(0));
                let m = match own.open().read(1) {
                    0 => 0,
                    n => n + own.open().read(2),
                };
                for _ in [own.open().read(3)].iter() {
                    later(1).await;
                }
                n + m
            }

            #[$attribute]
            pub(crate) async fn asserted(own: Own<'_>) {
                assert!(own.read(1) == 0 && !matches!(own.read(2), 3 | 4));
            }
        }
    };
}

functions!(marked, #[workflows_runtime::nonblocking]);
functions!(plain, #[allow(dead_code)]);
