//! Waiting for threads, processes and the network.

use std::{
    io::{self, BufRead},
    net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket},
    process::{Child, Command},
    sync::{Barrier, Condvar, Mutex, mpsc},
    thread,
};
use workflows_runtime::nonblocking;

#[nonblocking]
async fn receive(receiver: mpsc::Receiver<u8>) -> u8 {
    received(&receiver)
}
fn received(receiver: &mpsc::Receiver<u8>) -> u8 {
    receiver.recv().unwrap_or_default() //~ receive: received, recv
}

#[nonblocking]
async fn receive_all(receiver: mpsc::Receiver<u8>) -> u32 {
    total(receiver)
}
fn total(receiver: mpsc::Receiver<u8>) -> u32 {
    let mut total = 0;
    for number in receiver { //~ receive_all: total, next
        total += u32::from(number);
    }
    total
}

#[nonblocking]
async fn bounded_send(sender: mpsc::SyncSender<u8>) {
    sent(&sender);
}
fn sent(sender: &mpsc::SyncSender<u8>) {
    let _ = sender.send(1); //~ bounded_send: sent, send
}

#[nonblocking]
async fn join(handle: thread::JoinHandle<u8>) -> u8 {
    result_of(handle)
}
fn result_of(handle: thread::JoinHandle<u8>) -> u8 {
    handle.join().unwrap_or_default() //~ join: result_of, join
}

#[nonblocking]
async fn condition(pair: &(Mutex<bool>, Condvar)) -> bool {
    wait_for(pair)
}
fn wait_for((lock, condition): &(Mutex<bool>, Condvar)) -> bool {
    *condition.wait_while(lock.lock().unwrap(), |ready| !*ready).unwrap() //~ condition: wait_for, wait_while
}

#[nonblocking]
async fn barrier(barrier: &Barrier) -> bool {
    meet(barrier)
}
fn meet(barrier: &Barrier) -> bool {
    barrier.wait().is_leader() //~ barrier: meet, wait
}

#[nonblocking]
async fn scope(numbers: &[u8]) -> u32 {
    parallel(numbers)
}
fn parallel(numbers: &[u8]) -> u32 {
    thread::scope(|scope| scope.spawn(|| numbers.iter().map(|number| u32::from(*number)).sum()).join().unwrap()) //~ scope: parallel, std::thread::scope
}

#[nonblocking]
async fn park() {
    parked();
}
fn parked() {
    thread::park(); //~ park: parked, std::thread::park
}

#[nonblocking]
async fn connect(host: &str) -> bool {
    connected(host)
}
fn connected(host: &str) -> bool {
    TcpStream::connect((host, 80)).is_ok() //~ connect: connected, std::net::TcpStream::connect
}

#[nonblocking]
async fn accept(listener: TcpListener) -> bool {
    accepted(&listener)
}
fn accepted(listener: &TcpListener) -> bool {
    listener.accept().is_ok() //~ accept: accepted, accept
}

#[nonblocking]
async fn datagram(socket: UdpSocket) -> usize {
    datagram_of(&socket)
}
fn datagram_of(socket: &UdpSocket) -> usize {
    let mut bytes = [0; 64];
    socket.recv(&mut bytes).unwrap_or_default() //~ datagram: datagram_of, recv
}

#[nonblocking]
async fn resolve(host: &str) -> usize {
    resolved(host)
}
fn resolved(host: &str) -> usize {
    (host, 80).to_socket_addrs().map_or(0, Iterator::count) //~ resolve: resolved, to_socket_addrs
}

#[nonblocking]
async fn command() -> usize {
    output_of("ls")
}
fn output_of(program: &str) -> usize {
    Command::new(program).output().map_or(0, |output| output.stdout.len()) //~ command: output_of, output
}

#[nonblocking]
async fn child(child: Child) -> bool {
    waited(child)
}
fn waited(mut child: Child) -> bool {
    child.wait().is_ok() //~ child: waited, wait
}

#[nonblocking]
async fn line_of_input() -> String {
    asked()
}
fn asked() -> String {
    let mut line = String::new();
    let _ = io::stdin().lock().read_line(&mut line); //~ line_of_input: asked, read_line
    line
}

#[nonblocking]
async fn unix_socket() -> bool {
    local()
}
fn local() -> bool {
    std::os::unix::net::UnixStream::connect("socket").is_ok() //~ unix_socket: local, std::os::unix::net::UnixStream::connect
}

#[nonblocking]
async fn bridge_of_tokio(receiver: tokio::sync::mpsc::Receiver<u8>) -> Option<u8> {
    bridged(receiver)
}
fn bridged(mut receiver: tokio::sync::mpsc::Receiver<u8>) -> Option<u8> {
    receiver.blocking_recv() //~ bridge_of_tokio: bridged, blocking_recv
}

#[nonblocking]
async fn nested_runtime(handle: tokio::runtime::Handle) {
    nested(&handle);
}
fn nested(handle: &tokio::runtime::Handle) {
    handle.block_on(async {}); //~ nested_runtime: nested, block_on
}

#[nonblocking]
async fn executor() {
    executed();
}
fn executed() {
    futures::executor::block_on(async {}); //~ executor: executed, futures::executor::block_on
}

#[nonblocking]
async fn channel_of_crate(receiver: crossbeam_channel::Receiver<u8>) -> u8 {
    crossed(&receiver)
}
fn crossed(receiver: &crossbeam_channel::Receiver<u8>) -> u8 {
    receiver.recv().unwrap_or_default() //~ channel_of_crate: crossed, recv
}

#[nonblocking]
async fn flume_channel(receiver: flume::Receiver<u8>) -> u8 {
    flumed(&receiver)
}
fn flumed(receiver: &flume::Receiver<u8>) -> u8 {
    receiver.recv().unwrap_or_default() //~ flume_channel: flumed, recv
}

#[nonblocking]
async fn condition_of_crate(pair: &(parking_lot::Mutex<bool>, parking_lot::Condvar)) {
    condition_met(pair);
}
fn condition_met((lock, condition): &(parking_lot::Mutex<bool>, parking_lot::Condvar)) {
    condition.wait(&mut lock.lock()); //~ condition_of_crate: condition_met, wait
}
