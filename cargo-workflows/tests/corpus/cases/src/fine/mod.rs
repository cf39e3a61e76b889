mod alike;
mod async_code;
mod offloaded;
mod sync_code;
