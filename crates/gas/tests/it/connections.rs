//! Connections that a stranger would keep open, and heads of requests that are too large, by bare sockets.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    routing::get,
};
use gas_web::server::{ConnectionLimits, serve};
use rstest::rstest;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A server with small limits.
async fn server(at_once: usize) -> (SocketAddr, CancellationToken) {
    server_for(at_once, Router::new().route("/", get(async || "here")), &[]).await
}

/// The same with other answers, and proxies that it trusts.
async fn server_for(at_once: usize, router: Router, proxies: &[&str]) -> (SocketAddr, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let limits = ConnectionLimits {
        at_once,
        per_address: 3,
        header_time: Duration::from_millis(500),
        header_bytes: 8192,
        headers: 20,
        write_time: Duration::from_secs(1),
    };
    let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
    let ended = stop.clone();
    tokio::spawn(async move { serve(listener, router, &limits, proxies, &ended).await });
    (address, stop)
}

/// Sends that, and reads until the server closes the connection or nothing comes any more.
fn exchange(address: SocketAddr, sent: &[u8]) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // The server may have closed before it was all written.
    let _ = stream.write_all(sent);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n";

#[rstest]
#[case::whole(&format!("{GET}Connection: close\r\n\r\n"), "HTTP/1.1 200")]
#[case::long_address(&format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(70_000)), "HTTP/1.1 4")]
#[case::large_header(&format!("{GET}X: {}\r\n\r\n", "a".repeat(20_000)), "HTTP/1.1 431")]
#[case::many_headers(&format!("{GET}{}\r\n", "X: 1\r\n".repeat(30)), "HTTP/1.1 431")]
#[case::nonsense("\u{0}\u{1}\u{2}\r\n\r\n", "HTTP/1.1 400")]
#[tokio::test(flavor = "multi_thread")]
async fn heads_have_a_limit(#[case] sent: &str, #[case] answer: &str) {
    let (address, _stop) = server(10).await;
    let sent = sent.to_owned();
    let (told, _) = tokio::task::spawn_blocking(move || exchange(address, sent.as_bytes())).await.unwrap();
    assert!(told.starts_with(answer), "{told}");
}

#[rstest]
#[case::nothing("")]
#[case::half_a_line("GET / HT")]
#[case::half_a_head("GET / HTTP/1.1\r\nHost: loc")]
#[case::idle_afterwards("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_given_up(#[case] sent: &'static str) {
    let (address, _stop) = server(10).await;
    let (_, took) = tokio::task::spawn_blocking(move || exchange(address, sent.as_bytes())).await.unwrap();
    assert!((Duration::from_millis(400)..Duration::from_secs(8)).contains(&took), "{took:?}");
}

/// One who sends a byte now and then does not keep a place for ever.
#[tokio::test(flavor = "multi_thread")]
async fn who_drips_is_given_up_and_the_next_gets_the_place() {
    let (address, stop) = server(1).await;
    let drip = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let began = Instant::now();
        while stream.write_all(b"G").is_ok() && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(50));
        }
        began.elapsed()
    };
    let dripping = tokio::task::spawn_blocking(drip);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let whole = format!("{GET}Connection: close\r\n\r\n");
    let (told, took) =
        tokio::task::spawn_blocking(move || exchange(address, whole.as_bytes())).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert!(dripping.await.unwrap() < Duration::from_secs(8));
    stop.cancel();
}

/// Gives how many of six connections at once are answered.
fn answered_of_six(address: SocketAddr) -> usize {
    let mut streams: Vec<_> = (0..6).map(|_| TcpStream::connect(address).unwrap()).collect();
    let answered = streams.iter_mut().map(|stream| {
        let mut byte = [0];
        // One that the server has closed already cannot be written to or read from.
        let asked = stream.write_all(format!("{GET}\r\n").as_bytes());
        asked.is_ok() && stream.read_exact(&mut byte).is_ok()
    });
    answered.filter(|answered| *answered).count()
}

#[rstest]
#[case::of_a_stranger(&["192.0.2.0/24"], 3)]
#[case::of_a_proxy(&["127.0.0.0/8"], 6)]
#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_connections(#[case] proxies: &[&str], #[case] answered: usize) {
    let (address, _stop) = server_for(10, Router::new().route("/", get(async || "here")), proxies).await;
    let told = tokio::task::spawn_blocking(move || answered_of_six(address)).await.unwrap();
    assert_eq!(told, answered);
    // Those who went make room.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let told = tokio::task::spawn_blocking(move || answered_of_six(address)).await.unwrap();
    assert_eq!(told, answered);
}

/// Says when it is dropped.
struct Watched(tokio::sync::mpsc::UnboundedSender<()>);

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// A file that never ends goes to one who does not read: it is given up, and with it what made the file.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_take_the_answer_is_given_up() {
    let (watched, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let endless = async move || {
        let watched = Watched(watched.clone());
        Body::from_stream(futures::stream::repeat_with(move || {
            let _held = &watched;
            Ok::<_, std::io::Error>(Bytes::from_static(&[0; 16 * 1024]))
        }))
    };
    let (address, _stop) = server_for(10, Router::new().route("/", get(endless)), &[]).await;
    let mut stream = TcpStream::connect(address).unwrap();
    let began = Instant::now();
    stream.write_all(format!("{GET}\r\n").as_bytes()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), ended.recv()).await.expect("given up").unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
}
