//! A modem on its pty, its far end, and an opener that is not slowed by the pauses of a real modem.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devices::line::{Line, OpenFault, Opener, Step};
use devices::modem::{ModemOpener, PowerSwitch, Script, Variables};
use devices::serial::{READ_TIMEOUT, is_silence};
use devices::simulated::{Conditions, Exchange, FarStream, LineSettings, Modem, ModemModel};
use devices::tcp::TcpLine;

pub(super) const MODELS: [ModemModel; 4] = [
    ModemModel::Telephone,
    ModemModel::QuectelEc20,
    ModemModel::QuectelEc200,
    ModemModel::SimcomSim7600,
];

pub(super) const CELLULAR: [ModemModel; 3] = [
    ModemModel::QuectelEc20,
    ModemModel::QuectelEc200,
    ModemModel::SimcomSim7600,
];

/// The silence of an escape in these tests.
pub(super) const GUARD: Duration = Duration::from_millis(100);

/// How often reads may be silent while bytes are awaited: half a minute on a busy machine.
const SILENT_READS_MAX: u32 = 600;

pub(super) fn script_text(model: ModemModel) -> &'static str {
    match model {
        ModemModel::Telephone => include_str!("../../../../../boards/modems/pstn.toml"),
        ModemModel::QuectelEc20 => include_str!("../../../../../boards/modems/quectel-ec20.toml"),
        ModemModel::QuectelEc200 => include_str!("../../../../../boards/modems/quectel-ec200.toml"),
        ModemModel::SimcomSim7600 => {
            include_str!("../../../../../boards/modems/simcom-sim7600.toml")
        }
    }
}

/// The model's script, with pauses as short as the twin's silences, and with time-outs as `divide_timeouts_by` says.
pub(super) fn hurried(model: ModemModel, divide_timeouts_by: i64) -> Script {
    let value = toml::from_str(script_text(model)).expect("TOML");
    hurried_value(value, divide_timeouts_by)
}

/// The same for a script that was changed before.
pub(super) fn hurried_value(mut value: toml::Value, divide_timeouts_by: i64) -> Script {
    hurry(&mut value, divide_timeouts_by);
    Script::parse(&toml::to_string(&value).expect("TOML again")).expect("a script")
}

fn hurry(value: &mut toml::Value, divide_timeouts_by: i64) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table.iter_mut() {
                match (key.as_str(), &mut *value) {
                    ("guard_ms", toml::Value::Integer(ms)) => *ms /= 10,
                    ("pause_ms" | "again_ms" | "dtr_low_ms", toml::Value::Integer(ms)) => {
                        *ms /= 100;
                    }
                    ("timeout_ms", toml::Value::Integer(ms)) => *ms /= divide_timeouts_by,
                    ("rounds", toml::Value::Integer(rounds)) => *rounds = (*rounds).min(5),
                    _ => hurry(value, divide_timeouts_by),
                }
            }
        }
        toml::Value::Array(values) => {
            for value in values {
                hurry(value, divide_timeouts_by);
            }
        }
        _ => {}
    }
}

pub(super) fn variables() -> Variables {
    toml::from_str(
        "number = \"03550000000\"\nhost = \"county.example\"\nport = 7001\napn = \"CMNET\"\npin = \"1234\"",
    )
    .expect("settings")
}

/// How well all is, with a short guard.
pub(super) fn well() -> Conditions {
    Conditions {
        guard: GUARD,
        ..Conditions::default()
    }
}

/// A fast clean line.
pub(super) fn fast() -> LineSettings {
    LineSettings::clean(1_000_000)
}

/// Nobody is at any number.
pub(super) fn nobody() -> Arc<Exchange> {
    Arc::new(|_| Err(ErrorKind::ConnectionRefused.into()))
}

/// The script of a modem that answers.
pub(super) const ANSWERING: &str = include_str!("../../../../../boards/modems/pstn-answer.toml");

/// A stream inside the process: the twin's end and the test's.
pub(super) fn stream_pair() -> (Box<dyn FarStream>, UnixStream) {
    let (near, far) = UnixStream::pair().expect("a pair");
    near.set_nonblocking(true).expect("non-blocking");
    far.set_read_timeout(Some(READ_TIMEOUT))
        .expect("a time-out");
    (Box::new(near), far)
}

/// Hands the far end of each call to the receiver.
pub(super) fn somebody() -> (Arc<Exchange>, Receiver<UnixStream>) {
    let (sender, far_ends) = channel();
    let sender = Mutex::new(sender);
    let exchange = move |_: &str| {
        let (near, far) = stream_pair();
        let _ = sender.lock().expect("no panic").send(far);
        Ok(near)
    };
    (Arc::new(exchange), far_ends)
}

/// A TCP port to which each call is put through.
pub(super) fn put_through_to(listener: &TcpListener) -> Arc<Exchange> {
    let address = listener.local_addr().expect("an address");
    Arc::new(move |_: &str| {
        let stream = TcpStream::connect(address)?;
        stream.set_nonblocking(true)?;
        Ok(Box::new(stream) as Box<dyn FarStream>)
    })
}

pub(super) fn accepted(listener: &TcpListener) -> TcpLine {
    let (stream, _) = listener.accept().expect("a connection");
    TcpLine::new(stream, READ_TIMEOUT).expect("a line")
}

pub(super) fn opener(modem: &Modem, script: Script) -> ModemOpener {
    ModemOpener::new(modem.path(), 115_200, script, variables(), None).expect("an opener")
}

/// Opens and returns what was told meanwhile.
pub(super) fn open(opener: &mut ModemOpener) -> (Result<Box<dyn Line>, OpenFault>, Vec<Step>) {
    let mut steps = Vec::new();
    let opened = opener.open(&mut |step| steps.push(step), &|| false);
    (opened, steps)
}

/// Opens what must open.
pub(super) fn call(opener: &mut ModemOpener) -> Box<dyn Line> {
    match open(opener) {
        (Ok(line), _) => line,
        (Err(fault), steps) => panic!("{fault}: {fault:?} after {steps:?}"),
    }
}

/// Fails to open, and says how.
pub(super) fn fault(opener: &mut ModemOpener) -> OpenFault {
    open(opener).0.err().expect("a fault")
}

/// Reads so many bytes, however long they take to come.
pub(super) fn read_exactly(from: &mut (impl Read + ?Sized), count: usize) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut silent = 0;
    let mut buffer = [0; 1024];
    while seen.len() < count {
        let wanted = (count - seen.len()).min(buffer.len());
        match from.read(&mut buffer[..wanted]) {
            Ok(0) => panic!("ended after {} of {count} bytes", seen.len()),
            Ok(read) => {
                seen.extend(&buffer[..read]);
                silent = 0;
            }
            Err(error) if is_silence(&error) && silent < SILENT_READS_MAX => silent += 1,
            Err(error) => panic!("{error} after {} of {count} bytes", seen.len()),
        }
    }
    seen
}

/// Writes all, however often the line has to be waited for.
pub(super) fn write_all(to: &mut (impl Write + ?Sized), mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if is_silence(&error) => {}
            Err(error) => panic!("{error} with {} bytes to go", bytes.len()),
        }
    }
}

/// Reads on until the line fails, and says how; what came before is dropped.
pub(super) fn end_of(line: &mut (impl Read + ?Sized)) -> ErrorKind {
    let mut buffer = [0; 1024];
    for _ in 0..SILENT_READS_MAX {
        match line.read(&mut buffer) {
            Ok(0) => return ErrorKind::UnexpectedEof,
            Ok(_) => {}
            Err(error) if is_silence(&error) => {}
            Err(error) => return error.kind(),
        }
    }
    panic!("the line does not end");
}

/// A switch before a twin's power.
#[derive(Debug)]
pub(super) struct TwinSwitch(pub(super) Arc<Modem>);

impl PowerSwitch for TwinSwitch {
    fn cycle(&mut self) -> io::Result<()> {
        self.0.cycle_power();
        Ok(())
    }
}
