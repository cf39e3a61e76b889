mod async_code;
mod calls;
mod drops;
mod objects;
mod outside;
mod statics;
mod waits;
mod workflows;
