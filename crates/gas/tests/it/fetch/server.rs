//! A real HTTP server on this machine, which can be told to misbehave.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

/// What a server does with a path.
#[derive(Clone, Debug)]
pub(super) enum Conduct {
    /// Gives the file as asked, whole or in part.
    Fair,
    /// Closes the connection after so many bytes, so many times; then is fair.
    BreaksOff { after: usize, times: usize },
    /// Gives so many bytes at once, and waits in between.
    Throttles { bytes: usize, pause: Duration },
    /// Gives the whole file whatever part is asked for; breaks off once.
    IgnoresRange { after: usize },
    /// Says that the file is longer than it is.
    SaysLonger,
    /// Says that the file is shorter than it is.
    SaysShorter,
    /// Falls silent after so many bytes, so many times.
    FallsSilent { after: usize, times: usize },
    /// Answers so many times with a status and headers; then is fair.
    Answers { status: u16, headers: String, times: usize },
    /// Sends to another address.
    Redirects { to: String },
}

/// A file as it is served.
#[derive(Clone, Debug)]
struct Served {
    content: Vec<u8>,
    conduct: Conduct,
    etag: String,
    headers: String,
}

#[derive(Debug, Default)]
struct Shared {
    files: HashMap<String, Served>,
    /// Method, path and range of each request.
    requests: Vec<(String, String, Option<String>)>,
    at_once: usize,
    most_at_once: usize,
}

/// The server; it ends with the test's process.
pub(super) struct Server {
    shared: Arc<Mutex<Shared>>,
    pub(super) address: String,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared::default()));
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = Arc::clone(&served);
                std::thread::spawn(move || {
                    // A client that goes away is no fault of the server.
                    let _ = answer(&stream, &served);
                });
            }
        });
        Self { shared, address }
    }

    pub(super) fn serve(&self, path: &str, content: &[u8], conduct: Conduct) {
        self.serve_with(path, content, conduct, "");
    }

    pub(super) fn serve_with(&self, path: &str, content: &[u8], conduct: Conduct, headers: &str) {
        let etag =
            format!("\"{}-{}\"", content.len(), content.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        let served = Served { content: content.to_owned(), conduct, etag, headers: headers.to_owned() };
        self.shared.lock().unwrap().files.insert(path.to_owned(), served);
    }

    /// The ranges of all GET requests for a path.
    pub(super) fn ranges(&self, path: &str) -> Vec<Option<String>> {
        let shared = self.shared.lock().unwrap();
        let asked = shared.requests.iter().filter(|(method, asked, _)| method == "GET" && asked == path);
        asked.map(|(_, _, range)| range.clone()).collect()
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.shared.lock().unwrap().most_at_once
    }
}

/// One request a connection.
fn answer(mut stream: &TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().to_owned());
    let (mut range, mut if_range) = (None, None);
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "range" => range = Some(value.to_owned()),
            "if-range" => if_range = Some(value.to_owned()),
            _ => {}
        }
    }
    let file = {
        let mut shared = shared.lock().unwrap();
        shared.requests.push((method.to_owned(), path.clone(), range.clone()));
        let is_get = method == "GET";
        shared.files.get_mut(&path).map(|file| {
            let now = file.clone();
            if is_get {
                use_up(&mut file.conduct);
            }
            now
        })
    };
    let Some(file) = file else {
        return write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    shared
        .lock()
        .map(|mut shared| {
            shared.at_once += 1;
            shared.most_at_once = shared.most_at_once.max(shared.at_once);
        })
        .unwrap();
    let outcome =
        give(stream, &file, method == "HEAD", range.filter(|_| if_range.as_deref() == Some(&file.etag)));
    shared.lock().unwrap().at_once -= 1;
    outcome
}

/// A conduct that lasts so many times lasts once less.
fn use_up(conduct: &mut Conduct) {
    let over = match conduct {
        Conduct::BreaksOff { times, .. }
        | Conduct::FallsSilent { times, .. }
        | Conduct::Answers { times, .. } => {
            *times -= 1;
            *times == 0
        }
        Conduct::IgnoresRange { after } => {
            *after = usize::MAX;
            false
        }
        _ => false,
    };
    if over {
        *conduct = Conduct::Fair;
    }
}

fn give(mut stream: &TcpStream, file: &Served, head: bool, range: Option<String>) -> std::io::Result<()> {
    if let Conduct::Answers { status, headers, .. } = &file.conduct
        && !head
    {
        return write!(
            stream,
            "HTTP/1.1 {status} No\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if let Conduct::Redirects { to } = &file.conduct {
        return write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    let whole = file.content.len();
    let range = range.filter(|_| !matches!(file.conduct, Conduct::IgnoresRange { .. }));
    let begin =
        range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()).unwrap_or(0);
    let length = match file.conduct {
        Conduct::SaysLonger => whole + 10 - begin,
        Conduct::SaysShorter => whole - 10 - begin,
        _ => whole - begin,
    };
    let status = if begin > 0 {
        format!("206 Partial Content\r\nContent-Range: bytes {begin}-{}/{whole}", whole - 1)
    } else {
        "200 OK".to_owned()
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: {}\r\nLast-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n{}Connection: close\r\n\r\n",
        file.etag, file.headers
    )?;
    if head {
        return Ok(());
    }
    let content = &file.content[begin..];
    match file.conduct {
        Conduct::BreaksOff { after, .. } | Conduct::IgnoresRange { after } => {
            stream.write_all(&content[..after.min(content.len())])
        }
        Conduct::FallsSilent { after, .. } => {
            stream.write_all(&content[..after.min(content.len())])?;
            std::thread::sleep(Duration::from_secs(5));
            Ok(())
        }
        Conduct::Throttles { bytes, pause } => content.chunks(bytes).try_for_each(|chunk| {
            std::thread::sleep(pause);
            stream.write_all(chunk)
        }),
        _ => stream.write_all(content),
    }
}
