//! As much of HTTP as a scanner needs, and the ways in which it goes wrong.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

/// Head and body of a request; ours have 2 KB.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: String,
}

impl Request {
    pub(super) fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream.take(REQUEST_BYTES_MAX));
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut words = first.split_whitespace().map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return Err(ErrorKind::InvalidData.into());
        };
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = String::new();
        reader.take(length).read_to_string(&mut body)?;
        Ok(Self { method, path, body })
    }
}

pub(super) enum Reply {
    /// An answer as it should be.
    Whole {
        status: &'static str,
        headers: String,
        body: Vec<u8>,
    },
    /// A page of which the connection gives so many bytes, and then breaks.
    Broken { body: Vec<u8>, after_bytes: usize },
    /// The same piece again and again, until the caller hangs up.
    Endless { head: &'static str, piece: Vec<u8> },
    /// A page that is announced and does not come.
    Announced { bytes: u64 },
    /// Nothing, until the caller hangs up.
    Silence,
}

impl Reply {
    pub(super) fn empty(status: &'static str) -> Self {
        Self::Whole {
            status,
            headers: String::new(),
            body: Vec::new(),
        }
    }

    pub(super) fn xml(xml: String) -> Self {
        Self::ok("text/xml", xml.into_bytes())
    }

    pub(super) fn picture(picture: Vec<u8>) -> Self {
        Self::ok("image/jpeg", picture)
    }

    fn ok(kind: &str, body: Vec<u8>) -> Self {
        Self::Whole {
            status: "200 OK",
            headers: format!("Content-Type: {kind}\r\n"),
            body,
        }
    }

    pub(super) fn located(mut self, location: &str) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push_str(&format!("Location: {location}\r\n"));
        }
        self
    }

    pub(super) fn write(self, mut stream: TcpStream) -> io::Result<()> {
        const OK: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
        match self {
            Self::Whole {
                status,
                headers,
                body,
            } => {
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
                )?;
                stream.write_all(&body)
            }
            Self::Broken { body, after_bytes } => {
                write!(stream, "{OK}Content-Length: {}\r\n\r\n", body.len())?;
                stream.write_all(&body[..after_bytes.min(body.len())])
            }
            Self::Endless { head, piece } => {
                write!(
                    stream,
                    "{OK}Content-Type: {head}\r\nTransfer-Encoding: chunked\r\n\r\n"
                )?;
                loop {
                    write!(stream, "{:x}\r\n", piece.len())?;
                    stream.write_all(&piece)?;
                    stream.write_all(b"\r\n")?;
                }
            }
            Self::Announced { bytes } => {
                write!(stream, "{OK}Content-Length: {bytes}\r\n\r\n")?;
                wait_for_end(stream)
            }
            Self::Silence => wait_for_end(stream),
        }
    }
}

fn wait_for_end(mut stream: TcpStream) -> io::Result<()> {
    io::copy(&mut stream, &mut io::sink()).map(|_| ())
}
