//! Resumes snapshots from JSON. The first byte selects the workflow.

#![no_main]

mod resume;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    resume::select(data, |workflow, snapshot| match workflow {
        0 => resume::run::<resume::Rich>(serde_json::from_slice(snapshot).ok()),
        1 => resume::run::<resume::Talk>(serde_json::from_slice(snapshot).ok()),
        2 => resume::run::<resume::Plain>(serde_json::from_slice(snapshot).ok()),
        _ => resume::run::<resume::Mixed>(serde_json::from_slice(snapshot).ok()),
    });
});
