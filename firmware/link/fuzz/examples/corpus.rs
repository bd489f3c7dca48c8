//! Writes the corpus: what real sessions say to each other, and a few stories of mishaps.

use std::path::Path;
use std::{fs, io};

use line_worlds::line::Line;
use line_worlds::pair::{Pair, SECOND};
use line_worlds::random::noise;
use link::Priority;

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let dir = corpus.join(target);
        fs::create_dir_all(&dir)?;
        fs::write(dir.join(name), bytes)
    };
    for (name, len) in [("short", 100), ("record", 1500), ("page", 9000)] {
        let frames = conversation(len);
        let mut session = Vec::new();
        let mut sealed = Vec::new();
        for payload in frames.iter().take(40) {
            let frame = link_fuzz::seal(payload);
            let len = u8::try_from(frame.len()).unwrap_or(u8::MAX);
            session.extend([0, len]);
            session.extend(&frame[..usize::from(len)]);
            // Events are taken, offers accepted, and something is sent in between.
            session.extend([1, 2, 9, 1, 6, 0, 3, 1, 4, 1, 0]);
            let len = u8::try_from(payload.len()).unwrap_or(u8::MAX);
            sealed.extend([1, len]);
            sealed.extend(&payload[..usize::from(len)]);
            sealed.extend([0, 2, 9, 0, 6, 0, 3, 0, 4, 1, 0]);
        }
        write("session", name, &session)?;
        write("frames", name, &sealed)?;
    }
    let start = [1, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    let send = [2, 8, 0, 1, 0, 2, 2, 0, 2, 1];
    let wait = [0, 0x85];
    for (name, story) in [
        ("damage", &[3, 0, 7, 0, 9, 3, 1, 0, 4, 3, 2, 0, 1, 30][..]),
        ("hang_up", &[7, 0, 0x95, 8]),
        ("reboots", &[9, 0, 0x51, 10]),
        ("silence", &[11, 3, 0, 0xaf, 11, 0]),
    ] {
        write(
            "pair",
            name,
            &[&start[..], &send, &wait, story, &wait].concat(),
        )?;
    }
    Ok(())
}

/// The payloads that a kiosk sends while an object of this length goes each way.
fn conversation(len: usize) -> Vec<Vec<u8>> {
    let mut pair = Pair::new(Line::clean(9600, 5), 1);
    pair.up.record = Some(Vec::new());
    pair.send_up(Priority::Record, noise(len, 1));
    pair.send_down(Priority::Record, noise(len, 2));
    pair.run_until(SECOND * 600, Pair::all_delivered);
    let bytes = pair.up.record.take().unwrap_or_default();
    bytes
        .split(|byte| *byte == 0)
        .filter_map(|frame| cobs::decode_vec(frame).ok())
        // Frames bear four bytes of parity at first; without them and the checksum it is about what it was.
        .filter(|frame| 8 < frame.len())
        .map(|frame| frame[..frame.len() - 8].to_vec())
        .collect()
}
