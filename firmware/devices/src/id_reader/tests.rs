use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;
use crate::sdt_frame::LENGTH_MAX;

/// A port that hears one prepared stretch of bytes after each write, then times out at once.
#[derive(Default)]
struct Scripted {
    stretches: VecDeque<Vec<u8>>,
    heard: VecDeque<u8>,
    written: Vec<u8>,
    piece: usize,
}

impl Scripted {
    fn new(stretches: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self {
            stretches: stretches.into_iter().collect(),
            piece: usize::MAX,
            ..Self::default()
        }
    }
}

impl Read for Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.heard.len()).min(self.piece);
        if count == 0 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        for (place, byte) in buffer.iter_mut().zip(self.heard.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend(bytes);
        self.heard
            .extend(self.stretches.pop_front().unwrap_or_default());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn no_card() -> Vec<u8> {
    frame(&[0, 0, 0x80])
}

#[test]
fn a_search_writes_exactly_the_published_command() {
    let mut reader = SdtReader::new(Scripted::new([no_card()]));
    assert!(matches!(reader.poll(), Ok(None)));
    assert_eq!(
        reader.release().written,
        [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0, 3, 0x20, 0x01, 0x22]
    );
}

#[test]
fn every_refusal_of_every_step_is_named() {
    let found = frame(&[0, 0, 0x9F, 0, 0, 0, 0]);
    let selected = frame(&[0, 0, 0x90, 0, 0, 0, 0, 0, 0, 0, 0]);
    for sw3 in 0..=0xFF {
        let refusal = frame(&[0, 0, sw3]);
        for (command, before, fine) in [
            (Command::Find, vec![], [0x9F, 0x80]),
            (Command::Select, vec![found.clone()], [0x90, 0x90]),
            (
                Command::Read,
                vec![found.clone(), selected.clone()],
                [0x90, 0x90],
            ),
        ] {
            if fine.contains(&sw3) {
                continue;
            }
            let mut reader =
                SdtReader::new(Scripted::new(before.into_iter().chain([refusal.clone()])));
            match reader.poll() {
                Err(IdReaderError::Refused {
                    command: at,
                    status,
                }) => {
                    assert_eq!((at, status), (command, Status::of(sw3)));
                }
                other => panic!("{command:?} with {sw3:#04x}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_words_of_an_error_name_step_and_reason() {
    let mut reader = SdtReader::new(Scripted::new([frame(&[0, 0, 0x66])]));
    let error = reader.poll().expect_err("a refusal");
    assert_eq!(
        error.to_string(),
        "the ID reader answered Find: the module is not authorised"
    );
}

#[test]
fn silence_and_noise_are_no_answer_and_damage_is_told_apart() {
    let mut silent = SdtReader::new(Scripted::new([]));
    assert!(matches!(
        silent.poll(),
        Err(IdReaderError::NoAnswer { noise_bytes: 0, .. })
    ));

    let mut noisy = SdtReader::new(Scripted::new([vec![0x55; 9]]));
    assert!(matches!(
        noisy.poll(),
        Err(IdReaderError::NoAnswer { noise_bytes: 9, .. })
    ));

    let mut answer = no_card();
    answer[9] ^= 0x10;
    let mut damaged = SdtReader::new(Scripted::new([answer]));
    assert!(matches!(
        damaged.poll(),
        Err(IdReaderError::Damaged {
            source: FrameError::Checksum { .. },
            ..
        })
    ));
}

#[test]
fn a_babbling_port_ends_the_search() {
    let mut reader = SdtReader::new(Scripted::new([vec![0xAA; 1_000_000]]));
    let noise_bytes = ANSWER_BYTES_MAX;
    match reader.poll() {
        Err(IdReaderError::NoAnswer {
            noise_bytes: heard, ..
        }) => assert_eq!(heard, noise_bytes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_answer_is_found_behind_noise_that_announces_a_longer_frame() {
    let mut noise = frame(&[0, 0, 0x9F]);
    noise.truncate(5);
    noise.extend(LENGTH_MAX.to_be_bytes());
    noise.extend(no_card());
    let mut reader = SdtReader::new(Scripted::new([noise]));
    assert!(matches!(reader.poll(), Ok(None)));
}

#[test]
fn a_late_answer_to_a_search_that_failed_is_not_taken_for_the_next_one() {
    let mut reader = SdtReader::new(Scripted::new([vec![]]));
    assert!(matches!(reader.poll(), Err(IdReaderError::NoAnswer { .. })));
    reader.port.heard.extend(frame(&[0, 0, 0x9F, 0, 0, 0, 0]));
    reader.port.stretches.push_back(no_card());
    assert!(matches!(reader.poll(), Ok(None)));
}

#[test]
fn a_read_answer_with_other_lengths_is_refused_for_its_layout() {
    let found = frame(&[0, 0, 0x9F]);
    let selected = frame(&[0, 0, 0x90]);
    for data in [
        vec![],
        vec![1, 0, 4],
        vec![1, 0, 0, 0],
        [&[1, 0, 4, 0][..], &[0; 256]].concat(),
    ] {
        let answer = frame(&[&[0, 0, 0x90], &data[..]].concat());
        let mut reader = SdtReader::new(Scripted::new([found.clone(), selected.clone(), answer]));
        match reader.poll() {
            Err(IdReaderError::Layout {
                command: Command::Read,
                bytes,
            }) => assert_eq!(bytes, data.len()),
            other => panic!("{} bytes: {other:?}", data.len()),
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_from_the_port_never_panic(
        stretches in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..4),
        piece in 1..50_usize,
    ) {
        let mut port = Scripted::new(stretches);
        port.piece = piece;
        let _ = SdtReader::new(port).poll();
    }

    #[test]
    fn arbitrary_frames_from_the_module_never_panic(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 2..1400), 1..4),
        status in prop::sample::select(vec![0x80_u8, 0x90, 0x9F]),
    ) {
        let frames = bodies.into_iter().map(|mut body| {
            if let Some(sw3) = body.get_mut(2) {
                *sw3 = status;
            }
            frame(&body)
        });
        let _ = SdtReader::new(Scripted::new([frame(&[0, 0, 0x9F]), frame(&[0, 0, 0x90])].into_iter().chain(frames))).poll();
    }
}
