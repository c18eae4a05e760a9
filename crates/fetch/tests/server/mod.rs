//! A server on this machine that does what it is told: whole answers, broken ones, slow ones, and none.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// How an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Whole,
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// Nothing more comes after so many bytes of the body, and the connection stays.
    Hang(usize),
    /// So many bytes at a time, with a pause after each.
    Trickle(usize, Duration),
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    ranges: bool,
    conditions: bool,
    length: bool,
    manner: Manner,
}

impl Reply {
    /// A file, of which any part can be had.
    pub(crate) fn file(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            ranges: true,
            conditions: true,
            length: true,
            manner: Manner::Whole,
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::file("the server's own words")
        }
    }

    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Self::status(302).header("location", to)
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn etag(self, etag: &str) -> Self {
        self.header("etag", format!("\"{etag}\""))
    }

    /// Sends the whole whatever part is asked for.
    pub(crate) fn ignoring_range(mut self) -> Self {
        self.ranges = false;
        self
    }

    /// Sends the part that is asked for, of whatever version.
    pub(crate) fn ignoring_conditions(mut self) -> Self {
        self.conditions = false;
        self
    }

    /// Does not say how long the body is.
    pub(crate) fn without_length(mut self) -> Self {
        self.length = false;
        self
    }

    pub(crate) fn cut(mut self, after: usize) -> Self {
        self.manner = Manner::Cut(after);
        self
    }

    pub(crate) fn hang(mut self, after: usize) -> Self {
        self.manner = Manner::Hang(after);
        self
    }

    pub(crate) fn trickle(mut self, bytes: usize, pause: Duration) -> Self {
        self.manner = Manner::Trickle(bytes, pause);
        self
    }

    fn etag_sent(&self) -> Option<&str> {
        let etag = self.headers.iter().find(|(name, _)| name == "etag");
        etag.map(|(_, value)| value.as_str())
    }

    fn send(&self, request: &Request, stream: &mut (impl Read + Write)) -> std::io::Result<()> {
        let range = request.header("range").and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        });
        let is_same = match request.header("if-range") {
            Some(version) if self.conditions => self.etag_sent() == Some(version),
            _ => true,
        };
        let from = range.filter(|_| self.ranges && is_same && self.status == 200);
        let total = self.body.len();
        let (status, body) = match from {
            Some(from) if from >= total => (416, &self.body[..0]),
            Some(from) => (206, &self.body[from..]),
            None => (self.status, &self.body[..]),
        };
        let mut head = format!("HTTP/1.1 {status} Told\r\nconnection: close\r\n");
        if self.length {
            head += &format!("content-length: {}\r\n", body.len());
        }
        if let Some(from) = from {
            head += &match status {
                416 => format!("content-range: bytes */{total}\r\n"),
                _ => format!("content-range: bytes {from}-{}/{total}\r\n", total - 1),
            };
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        if request.method == "HEAD" {
            return Ok(());
        }
        match self.manner {
            Manner::Whole => stream.write_all(body),
            Manner::Cut(after) => stream.write_all(&body[..after.min(body.len())]),
            Manner::Hang(after) => {
                stream.write_all(&body[..after.min(body.len())])?;
                // Until the reader has had enough.
                stream.read_to_end(&mut Vec::new()).map(|_| ())
            }
            Manner::Trickle(bytes, pause) => body.chunks(bytes).try_for_each(|chunk| {
                stream.write_all(chunk)?;
                stream.flush()?;
                thread::sleep(pause);
                Ok(())
            }),
        }
    }
}

#[derive(Default)]
struct State {
    replies: HashMap<String, VecDeque<Reply>>,
    seen: Vec<Request>,
}

/// The server; it answers until the test's process ends.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::answering(|server, mut stream| server.answer(&mut stream))
    }

    /// One that does something to its streams first.
    pub(crate) fn answering(answer: impl Fn(&Self, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::default(),
        };
        let (answering, answer) = (server.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, answer) = (answering.clone(), Arc::clone(&answer));
                thread::spawn(move || answer(&server, stream));
            }
        });
        server
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The same address under another name of this machine.
    pub(crate) fn elsewhere(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.address.port())
    }

    /// Answers to requests for a path, one after another; the last one stays.
    pub(crate) fn serve(&self, path: &str, replies: impl Into<VecDeque<Reply>>) {
        let mut state = self.state.lock().unwrap();
        state.replies.insert(path.to_owned(), replies.into());
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.state.lock().unwrap().seen.clone()
    }

    /// Requests for the body of a path so far.
    pub(crate) fn asked(&self, path: &str) -> Vec<Request> {
        let is_meant = |request: &Request| request.method == "GET" && request.path == path;
        self.seen().into_iter().filter(is_meant).collect()
    }

    /// A stream that is closed early is what some tests are about.
    pub(crate) fn answer(&self, stream: &mut (impl Read + Write)) {
        let Some(mut request) = read(stream) else { return };
        if request.method == "CONNECT" {
            // A proxy; whatever host was meant, this one answers.
            self.state.lock().unwrap().seen.push(request);
            let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n");
            match read(stream) {
                Some(inner) => request = inner,
                None => return,
            }
        }
        let reply = {
            let mut state = self.state.lock().unwrap();
            let replies = state.replies.get_mut(&request.path);
            let reply = replies.and_then(|replies| match replies.len() {
                0 | 1 => replies.front().cloned(),
                _ => replies.pop_front(),
            });
            state.seen.push(request.clone());
            reply
        };
        let _ = reply.unwrap_or_else(|| Reply::status(404)).send(&request, stream);
        let _ = stream.flush();
    }
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.trim_end().lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    Some(Request {
        method,
        path,
        headers: lines.map(header).collect::<Option<_>>()?,
    })
}

/// An address at which nobody answers.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}
