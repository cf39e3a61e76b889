//! Resumes snapshots from postcard. The first byte selects the workflow.

#![no_main]

mod resume;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    resume::select(data, |workflow, snapshot| match workflow {
        0 => resume::run::<resume::Rich>(postcard::from_bytes(snapshot).ok()),
        1 => resume::run::<resume::Talk>(postcard::from_bytes(snapshot).ok()),
        2 => resume::run::<resume::Plain>(postcard::from_bytes(snapshot).ok()),
        _ => resume::run::<resume::Mixed>(postcard::from_bytes(snapshot).ok()),
    });
});
