//! Places to which no reference is allowed.

use workflows_runtime::nonblocking;

#[derive(Clone, Copy)]
pub struct Word(u32);
impl Word {
    pub fn read(self) -> u32 {
        self.0
    }
    pub fn recv(self) -> u32 {
        self.0
    }
}

#[repr(C, packed)]
#[derive(Clone, Copy)]
pub struct Packed {
    flag: u8,
    word: Word,
    all: [Word; 2],
    inner: (u8, Word),
}

#[nonblocking]
pub async fn packed_fields(p: Packed, all: &[Packed]) -> u32 {
    let n = p.word.read() + p.all[1].read() + p.inner.1.recv() + u32::from(p.flag);
    let m: u32 = all.iter().map(|p| p.word.read()).sum();
    let k = || p.word.recv();
    n + m + k() + all[0].word.read()
}

static mut COUNT: Word = Word(1);

#[nonblocking]
pub async fn mutable_statics() -> u32 {
    unsafe {
        COUNT = Word(2);
        COUNT.read() + { COUNT }.recv()
    }
}

#[nonblocking]
pub async unsafe fn unsafe_functions(p: *const Packed) -> u32 {
    let copy = unsafe { *p };
    copy.word.read() + unsafe { (*p).word.read() + COUNT.recv() }
}

pub union Either {
    word: Word,
    n: u32,
}

#[nonblocking]
pub async fn unions(e: Either) -> u32 {
    unsafe { e.word.read() + e.n }
}
