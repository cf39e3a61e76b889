mod alike;
mod async_code;
mod indirect;
mod offloaded;
mod sync_code;
