// rtload: a Lambda Runtime API load server for measuring runtime clients. Standard library only.
//   rustc --edition 2021 -O -C target-cpu=native -o rtload rtload.rs
//   rtload --event event.json --count 20000 --warmup 2000 -- python runtime.py
//   rtload --event event.json --count 20000 --port 9001      (start the runtime yourself)
//   rtload --event event.json --count 200000 --self          (what the server itself can do)
// It listens on 127.0.0.1 only, serves every GET .../runtime/invocation/next at once with the event
// (several --event: in turn), takes POST .../response (content-length, or chunked with trailers) and
// .../error, registers extensions (which get no events), and prints one JSON line on stdout. Bounded by --count, --timeout and --max-body.
// A command after -- is started with AWS_LAMBDA_RUNTIME_API set (and Lambda's other variables where
// they are unset) and killed at the end; without --coldstart N it is started once, with it N times,
// each until its first /next.
// Latency: from just before the /next response is written to the last byte of the response's body.
// ttfb: the same start to the first body byte after the prelude (JSON, 8 NULs), streamed ones only.
// Exit status: 0 all served, 2 usage, 3 time ran out or the runtime went away.
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{exit, Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const USAGE: &str = "usage: rtload --event FILE [--event FILE]... [--count N] [--warmup N] [--concurrency N] [--port N]
              [--timeout SECONDS] [--deadline-ms N] [--max-body BYTES] [--name LABEL]
              [--child-log FILE] [--coldstart N] [--self | -- COMMAND ARG...]";
const LAMBDA_ENV: [(&str, &str); 6] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "rtload"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/rtload"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "rtload"),
    ("AWS_REGION", "us-east-1"),
];
const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}";
const REGISTERED: &[u8] = b"HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 00000000-0000-4000-8000-000000000000\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const TOO_LARGE: &[u8] = b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[derive(Clone)]
struct Opts {
    events: Vec<Vec<u8>>,
    count: u64,
    warmup: u64,
    concurrency: u64,
    port: u16,
    timeout: Duration,
    deadline_ms: u64,
    max_body: u64,
    selftest: bool,
    name: String,
    child_log: Option<String>,
    coldstart: u64,
    command: Vec<String>,
}

struct State {
    o: Opts,
    t0: Instant,
    total: u64,
    served: AtomicU64,
    done: AtomicU64,
    errors: AtomicU64,
    init_errors: AtomicU64,
    streamed: AtomicU64,
    preludes: AtomicU64,
    error_trailers: AtomicU64,
    unknown: AtomicU64,
    connections: AtomicU64,
    first_next: AtomicU64,
    body_bytes: AtomicU64,
    start: Vec<AtomicU64>, // ns since t0; 0 = not yet
    first: Vec<AtomicU64>,
    end: Vec<AtomicU64>,
    waiting: Mutex<u64>,
    go: Condvar,
    finished: Mutex<bool>,
    finish: Condvar,
}

impl State {
    fn now(&self) -> u64 {
        (self.t0.elapsed().as_nanos() as u64).max(1)
    }
    fn complete(&self) {
        if self.done.fetch_add(1, SeqCst) + 1 >= self.total {
            *self.finished.lock().unwrap() = true;
            self.finish.notify_all();
        }
    }
}

struct Conn<'a> {
    s: TcpStream,
    st: &'a State,
    buf: Vec<u8>,
    at: usize,
    len: usize,
}

enum Body {
    None,
    Length(u64),
    Chunked,
}

impl<'a> Conn<'a> {
    fn fill(&mut self) -> Option<usize> {
        if self.at == self.len {
            self.at = 0;
            self.len = 0;
        } else if self.at > 0 && self.len == self.buf.len() {
            self.buf.copy_within(self.at..self.len, 0);
            self.len -= self.at;
            self.at = 0;
        }
        if self.len == self.buf.len() {
            return None; // a line or a head longer than the buffer
        }
        loop {
            match self.s.read(&mut self.buf[self.len..]) {
                Ok(0) => return None,
                Ok(n) => {
                    self.len += n;
                    return Some(n);
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
    }

    fn send(&mut self, data: &[u8]) -> Option<()> {
        self.s.write_all(data).ok()
    }

    /// The bytes up to and with `end`, as a range of the buffer; consumed.
    fn until(&mut self, end: &[u8]) -> Option<(usize, usize)> {
        let mut scanned = 0;
        loop {
            let have = &self.buf[self.at..self.len];
            let from = scanned.min(have.len());
            if let Some(i) = find(&have[from..], end) {
                let start = self.at;
                self.at += from + i + end.len();
                return Some((start, self.at));
            }
            scanned = have.len().saturating_sub(end.len() - 1);
            self.fill()?;
        }
    }

    /// Pass `n` body bytes to the prelude scanner and drop them.
    fn eat(&mut self, mut n: u64, scan: &mut Scan) -> Option<()> {
        while n > 0 {
            if self.at == self.len {
                self.fill()?;
            }
            let k = n.min((self.len - self.at) as u64) as usize;
            scan.feed(&self.buf[self.at..self.at + k], self.st);
            self.at += k;
            n -= k as u64;
        }
        Some(())
    }

    fn body(&mut self, body: &Body, scan: &mut Scan) -> Option<bool> {
        match *body {
            Body::None => {}
            Body::Length(n) if n > self.st.o.max_body => return Some(false),
            Body::Length(n) => self.eat(n, scan)?,
            Body::Chunked => loop {
                let (a, b) = self.until(b"\r\n")?;
                let size = std::str::from_utf8(&self.buf[a..b - 2]).ok()?.split(';').next()?.trim();
                let n = u64::from_str_radix(size, 16).ok()?;
                if n == 0 {
                    loop {
                        let (a, b) = self.until(b"\r\n")?;
                        if b - a == 2 {
                            break;
                        }
                        let line = self.buf[a..b].to_ascii_lowercase();
                        if line.starts_with(b"lambda-runtime-function-error-type:") {
                            self.st.error_trailers.fetch_add(1, Relaxed);
                        }
                    }
                    break;
                }
                if scan.total + n > self.st.o.max_body {
                    return Some(false);
                }
                self.eat(n, scan)?;
                self.until(b"\r\n")?;
            },
        }
        Some(true)
    }
}

/// Counts body bytes and notes when the first one after the prelude arrives.
struct Scan {
    index: Option<usize>,
    prelude: bool,
    nuls: u8,
    total: u64,
    seen: bool,
}

impl Scan {
    fn feed(&mut self, mut data: &[u8], st: &State) {
        self.total += data.len() as u64;
        if self.seen || data.is_empty() {
            return;
        }
        while self.prelude && !data.is_empty() {
            self.nuls = if data[0] == 0 { self.nuls + 1 } else { 0 };
            data = &data[1..];
            if self.nuls == 8 {
                self.prelude = false;
                st.preludes.fetch_add(1, Relaxed);
            }
        }
        if !self.prelude && !data.is_empty() {
            self.seen = true;
            if let Some(i) = self.index {
                st.first[i].store(st.now(), Relaxed);
            }
        }
    }
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(i) = hay[from..].iter().position(|&b| b == needle[0]) {
        if hay[from + i..].starts_with(needle) {
            return Some(from + i);
        }
        from += i + 1;
    }
    None
}

fn serve(s: TcpStream, st: &State) -> Option<()> {
    s.set_nodelay(true).ok()?;
    st.connections.fetch_add(1, Relaxed);
    let mut c = Conn { s, st, buf: vec![0; 256 << 10], at: 0, len: 0 };
    let mut out: Vec<u8> = Vec::with_capacity(64 << 10);
    let mut first_poll = true;
    loop {
        let (a, b) = c.until(b"\r\n\r\n")?;
        let head = std::str::from_utf8(&c.buf[a..b - 4]).ok()?;
        let mut lines = head.split("\r\n");
        let mut request = lines.next()?.split(' ');
        let (method, path) = (request.next()?, request.next()?);
        let (mut body, mut streaming, mut prelude, mut expect, mut close) = (Body::None, false, false, false, false);
        for line in lines {
            let (name, value) = line.split_once(':')?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                body = Body::Length(value.parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                body = Body::Chunked;
            } else if name.eq_ignore_ascii_case("lambda-runtime-function-response-mode") {
                streaming = value.eq_ignore_ascii_case("streaming");
            } else if name.eq_ignore_ascii_case("content-type") {
                prelude = value.starts_with("application/vnd.awslambda.http-integration-response");
            } else if name.eq_ignore_ascii_case("expect") {
                expect = true;
            } else if name.eq_ignore_ascii_case("connection") {
                close = value.eq_ignore_ascii_case("close");
            }
        }
        let tail = path.split_once("/2018-06-01/runtime/").map(|(_, t)| t).unwrap_or("");
        if method == "GET" && tail == "invocation/next" {
            let _ = st.first_next.compare_exchange(0, st.now(), SeqCst, SeqCst);
            if st.o.coldstart > 0 {
                *st.finished.lock().unwrap() = true;
                st.finish.notify_all();
                std::thread::sleep(st.o.timeout);
                return None;
            }
            if first_poll {
                first_poll = false;
                let mut n = st.waiting.lock().unwrap();
                *n += 1;
                st.go.notify_all();
                while *n < st.o.concurrency {
                    n = st.go.wait(n).unwrap();
                }
            }
            let i = st.served.fetch_add(1, SeqCst);
            if i >= st.total {
                std::thread::sleep(st.o.timeout); // nothing left: a poll that waits, as an idle function's does
                return None;
            }
            let event = &st.o.events[i as usize % st.o.events.len()];
            let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
            out.clear();
            let _ = write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
                 Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-{i:012x}\r\n\
                 Lambda-Runtime-Deadline-Ms: {}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:rtload\r\n\
                 Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n\
                 Content-Length: {}\r\n\r\n",
                unix + st.o.deadline_ms,
                event.len()
            );
            out.extend_from_slice(event);
            st.start[i as usize].store(st.now(), SeqCst);
            c.send(&out)?;
        } else if method == "POST" && (tail.starts_with("invocation/") || tail == "init/error") {
            let mut parts = tail.splitn(3, '/');
            let id = parts.nth(1).unwrap_or("");
            let kind = parts.next().unwrap_or("");
            let index = id.rsplit('-').next().and_then(|h| u64::from_str_radix(h, 16).ok());
            let index = index.filter(|&i| i < st.served.load(SeqCst).min(st.total)).map(|i| i as usize);
            let known = index.filter(|&i| st.start[i].load(SeqCst) > 0 && st.end[i].load(SeqCst) == 0);
            let (is_init, is_error, is_response) = (tail == "init/error", kind == "error", kind == "response");
            if expect {
                c.send(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            let mut scan = Scan { index: known.filter(|_| streaming), prelude, nuls: 0, total: 0, seen: false };
            if !c.body(&body, &mut scan)? {
                c.send(TOO_LARGE)?;
                return None;
            }
            let t = st.now();
            if is_init {
                st.init_errors.fetch_add(1, Relaxed);
                c.send(ACCEPTED)?;
            } else if let (Some(i), true) = (known, is_response || is_error) {
                st.end[i].store(t, SeqCst);
                st.errors.fetch_add(is_error as u64, Relaxed);
                st.streamed.fetch_add(streaming as u64, Relaxed);
                if i as u64 >= st.o.warmup {
                    st.body_bytes.fetch_add(scan.total, Relaxed);
                }
                c.send(ACCEPTED)?;
                st.complete();
            } else {
                st.unknown.fetch_add(1, Relaxed);
                c.send(NOT_FOUND)?;
            }
        } else if method == "POST" && path.ends_with("/2020-01-01/extension/register") {
            let mut scan = Scan { index: None, prelude: false, nuls: 0, total: 0, seen: true };
            c.body(&body, &mut scan)?;
            c.send(REGISTERED)?;
        } else if method == "GET" && path.ends_with("/2020-01-01/extension/event/next") {
            std::thread::sleep(st.o.timeout); // no event for an extension
            return None;
        } else {
            st.unknown.fetch_add(1, Relaxed);
            c.send(NOT_FOUND)?;
        }
        if close {
            return None;
        }
    }
}

/// The trivial client of --self: one thread per poller, fixed bytes, no parsing beyond lengths.
fn self_client(port: u16) -> Option<()> {
    let mut s = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    s.set_nodelay(true).ok()?;
    let mut buf = vec![0u8; 256 << 10];
    let mut reply = |s: &mut TcpStream| -> Option<(Vec<u8>, usize)> {
        let (mut n, mut need, mut id) = (0, 0, Vec::new());
        while need == 0 || n < need {
            match s.read(&mut buf[n..]) {
                Ok(0) => return None,
                Ok(k) => n += k,
                Err(_) => return None,
            }
            if need == 0 {
                if let Some(h) = find(&buf[..n], b"\r\n\r\n") {
                    let head = std::str::from_utf8(&buf[..h]).ok()?;
                    let at = head.find("Content-Length: ")? + 16;
                    let len: usize = head[at..].split("\r\n").next()?.parse().ok()?;
                    if let Some(at) = head.find("Request-Id: ") {
                        id = head[at + 12..].split("\r\n").next()?.as_bytes().to_vec();
                    }
                    need = h + 4 + len;
                }
            }
        }
        Some((id, need))
    };
    loop {
        s.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n").ok()?;
        let (id, _) = reply(&mut s)?;
        let id = String::from_utf8(id).ok()?;
        let body = "{\"statusCode\":200,\"body\":\"ok\"}";
        let post = format!(
            "POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        s.write_all(post.as_bytes()).ok()?;
        reply(&mut s)?;
    }
}

fn percentile(sorted: &[u64], p: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    sorted[((sorted.len() - 1) as f64 * p).round() as usize] as f64 / 1000.0
}

fn quote(s: &str) -> String {
    let mut q = String::from("\"");
    for ch in s.chars() {
        match ch {
            '"' | '\\' => {
                q.push('\\');
                q.push(ch)
            }
            c if (c as u32) < 32 => q.push_str(&format!("\\u{:04x}", c as u32)),
            c => q.push(c),
        }
    }
    q + "\""
}

fn spawn(o: &Opts, port: u16) -> Option<Child> {
    let (prog, args) = o.command.split_first()?;
    let log = || match &o.child_log {
        Some(p) => fs::OpenOptions::new().create(true).append(true).open(p).map(Stdio::from).unwrap_or(Stdio::null()),
        None => Stdio::null(),
    };
    let err = if o.child_log.is_some() { log() } else { Stdio::inherit() };
    let mut command = Command::new(prog);
    for (name, value) in LAMBDA_ENV {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let child = command
        .args(args)
        .env("AWS_LAMBDA_RUNTIME_API", format!("127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(log())
        .stderr(err)
        .spawn();
    match child {
        Ok(c) => Some(c),
        Err(e) => {
            eprintln!("rtload: {prog}: {e}");
            exit(2)
        }
    }
}

/// User and system seconds and peak memory (KiB) of a live process, from /proc.
fn usage_of(pid: u32) -> (f64, u64) {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let f: Vec<&str> = after.split_whitespace().collect();
    let ticks = |i: usize| f.get(i).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let hwm = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let hwm = hwm.and_then(|v| v.trim().split(' ').next()?.parse().ok()).unwrap_or(0);
    ((ticks(11) + ticks(12)) / 100.0, hwm)
}

fn parse() -> Opts {
    let mut o = Opts {
        events: vec![],
        count: 1000,
        warmup: 100,
        concurrency: 1,
        port: 0,
        timeout: Duration::from_secs(120),
        deadline_ms: 30_000,
        max_body: 1 << 30,
        selftest: false,
        name: String::new(),
        child_log: None,
        coldstart: 0,
        command: vec![],
    };
    let usage = |why: &str| -> ! {
        eprintln!("rtload: {why}\n{USAGE}");
        exit(2)
    };
    let mut args = std::env::args().skip(1);
    while let Some(a) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| usage(&format!("{a} needs a value")));
        let num = |v: String| -> u64 { v.parse().unwrap_or_else(|_| usage(&format!("{v} is not a number"))) };
        match a.as_str() {
            "--event" => {
                let p = value();
                o.events.push(fs::read(&p).unwrap_or_else(|e| usage(&format!("{p}: {e}"))))
            }
            "--count" => o.count = num(value()),
            "--warmup" => o.warmup = num(value()),
            "--concurrency" => o.concurrency = num(value()).max(1),
            "--port" => o.port = num(value()) as u16,
            "--timeout" => o.timeout = Duration::from_secs(num(value())),
            "--deadline-ms" => o.deadline_ms = num(value()),
            "--max-body" => o.max_body = num(value()),
            "--name" => o.name = value(),
            "--child-log" => o.child_log = Some(value()),
            "--coldstart" => o.coldstart = num(value()),
            "--self" => o.selftest = true,
            "--" => o.command = args.by_ref().collect(),
            _ => usage(&format!("{a}?")),
        }
    }
    if o.events.is_empty() {
        usage("--event is needed")
    }
    if o.count + o.warmup > 5_000_000 || o.count == 0 || o.concurrency > 1000 || o.timeout > Duration::from_secs(3600) {
        usage("--count 1..5000000 with the warm-up, --concurrency up to 1000, --timeout up to 3600")
    }
    if o.coldstart > 1000 || (o.coldstart > 0 && o.command.is_empty()) {
        usage("--coldstart N (up to 1000) needs a command after --")
    }
    o
}

fn session(o: &Opts) -> (Arc<State>, bool, f64, u64, bool) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, o.port)).unwrap_or_else(|e| {
        eprintln!("rtload: port {}: {e}", o.port);
        exit(2)
    });
    let port = listener.local_addr().unwrap().port();
    let total = o.count + o.warmup;
    let cells = || (0..total).map(|_| AtomicU64::new(0)).collect::<Vec<_>>();
    let st = Arc::new(State {
        t0: Instant::now(),
        total,
        served: AtomicU64::new(0),
        done: AtomicU64::new(0),
        errors: AtomicU64::new(0),
        init_errors: AtomicU64::new(0),
        streamed: AtomicU64::new(0),
        preludes: AtomicU64::new(0),
        error_trailers: AtomicU64::new(0),
        unknown: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        first_next: AtomicU64::new(0),
        body_bytes: AtomicU64::new(0),
        start: cells(),
        first: cells(),
        end: cells(),
        waiting: Mutex::new(0),
        go: Condvar::new(),
        finished: Mutex::new(false),
        finish: Condvar::new(),
        o: o.clone(),
    });
    let acceptor = st.clone();
    std::thread::spawn(move || {
        for s in listener.incoming().flatten() {
            let st = acceptor.clone();
            std::thread::spawn(move || serve(s, &st));
        }
    });
    if o.command.is_empty() {
        eprintln!("rtload: AWS_LAMBDA_RUNTIME_API=127.0.0.1:{port}");
    }
    if o.selftest {
        for _ in 0..o.concurrency {
            std::thread::spawn(move || self_client(port));
        }
    }
    let spawned = st.now();
    let mut child = if o.selftest { None } else { spawn(o, port) };
    st.first_next.store(0, SeqCst);
    let (mut ok, mut gone) = (false, false);
    let end = Instant::now() + o.timeout;
    let mut done = st.finished.lock().unwrap();
    while !*done && Instant::now() < end {
        let (d, _) = st.finish.wait_timeout(done, Duration::from_millis(200)).unwrap();
        done = d;
        if !*done {
            if let Some(c) = child.as_mut() {
                if let Ok(Some(status)) = c.try_wait() {
                    eprintln!("rtload: the runtime ended early: {status}");
                    gone = true;
                    break;
                }
            }
        }
    }
    ok |= *done;
    drop(done);
    let (mut cpu, mut rss) = (0.0, 0);
    if let Some(mut c) = child {
        (cpu, rss) = usage_of(c.id());
        let _ = c.kill();
        let _ = c.wait();
    }
    let f = st.first_next.load(SeqCst);
    if f > 0 {
        st.first_next.store(f - spawned, SeqCst);
    }
    (st, ok, cpu, rss, gone)
}

fn report(line: String) {
    let mut out = std::io::stdout();
    let _ = out.write_all(line.as_bytes()).and_then(|_| out.write_all(b"\n")).and_then(|_| out.flush());
}

fn main() {
    let o = parse();
    if o.coldstart > 0 {
        let mut ms = vec![];
        let mut rss = 0;
        for _ in 0..o.coldstart {
            let (st, ok, _, r, _) = session(&o);
            if !ok {
                eprintln!("rtload: no /next from the runtime");
                exit(3)
            }
            ms.push(st.first_next.load(SeqCst) / 1000); // us
            rss = rss.max(r);
        }
        let all: Vec<String> = ms.iter().map(|v| format!("{:.1}", *v as f64 / 1000.0)).collect();
        ms.sort();
        report(format!(
            "{{\"name\":{},\"coldstart_ms\":{{\"runs\":{},\"min\":{:.1},\"p50\":{:.1},\"max\":{:.1}}},\"rss_kib\":{rss},\"all_ms\":[{}]}}",
            quote(&o.name),
            ms.len(),
            percentile(&ms, 0.0),
            percentile(&ms, 0.5),
            percentile(&ms, 1.0),
            all.join(",")
        ));
        return;
    }
    let (st, ok, cpu, rss, gone) = session(&o);
    let (mut lat, mut ttfb, mut rate) = (vec![], vec![], vec![]);
    let (mut from, mut to) = (u64::MAX, 0);
    for i in o.warmup as usize..st.total as usize {
        let (s, f, e) = (st.start[i].load(SeqCst), st.first[i].load(SeqCst), st.end[i].load(SeqCst));
        if s == 0 || e == 0 {
            continue;
        }
        lat.push(e - s);
        from = from.min(s);
        to = to.max(e);
        if f > 0 {
            ttfb.push(f.saturating_sub(s));
            rate.push(e - f);
        }
    }
    lat.sort();
    ttfb.sort();
    let seconds = if to > from { (to - from) as f64 / 1e9 } else { 0.0 };
    let per = |x: f64| if seconds > 0.0 { x / seconds } else { 0.0 };
    let bytes = st.body_bytes.load(SeqCst);
    let dist = |v: &[u64]| {
        format!(
            "{{\"p50\":{:.1},\"p95\":{:.1},\"p99\":{:.1},\"max\":{:.1}}}",
            percentile(v, 0.5),
            percentile(v, 0.95),
            percentile(v, 0.99),
            percentile(v, 1.0)
        )
    };
    report(format!(
        "{{\"name\":{},\"ok\":{ok},\"runtime_gone\":{gone},\"count\":{},\"warmup\":{},\"seconds\":{seconds:.4},\
         \"inv_per_s\":{:.1},\"latency_us\":{},\"streamed\":{},\"preludes\":{},\"ttfb_us\":{},\
         \"body_bytes\":{bytes},\"mb_per_s\":{:.2},\"errors\":{},\"init_errors\":{},\"error_trailers\":{},\
         \"unknown\":{},\"connections\":{},\"first_next_ms\":{:.1},\"cpu_s\":{cpu:.2},\"rss_kib\":{rss}}}",
        quote(&o.name),
        lat.len(),
        o.warmup,
        per(lat.len() as f64),
        dist(&lat),
        st.streamed.load(SeqCst),
        st.preludes.load(SeqCst),
        if ttfb.is_empty() { "null".into() } else { dist(&ttfb) },
        per(bytes as f64 / 1e6),
        st.errors.load(SeqCst),
        st.init_errors.load(SeqCst),
        st.error_trailers.load(SeqCst),
        st.unknown.load(SeqCst),
        st.connections.load(SeqCst),
        st.first_next.load(SeqCst) as f64 / 1e6,
    ));
    exit(if ok { 0 } else { 3 })
}
