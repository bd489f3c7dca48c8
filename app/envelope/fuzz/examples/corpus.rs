//! Writes the corpus: true objects, messages, slips and lists of invented content, and their insides.

use std::{fs, io, path::Path};

use envelope::{
    BundleContents, BundleObject, CountyMessage, Kind, KioskId, ObjectHash, RefusalReason,
    SlipCode, StatusToken, Suite, seal,
};
use envelope_fuzz::{SUITES, county, kiosk, rng};

/// What a record may look like, without being one.
const CONTENT: &str = "张三丰，腿摔断了，种不了地。张三丰，腿摔断了，种不了地。";

const HEADER_LEN: usize = 14;
const MESSAGE_BODY_AT: usize = 6;
const MANIFEST_BODY_AT: usize = 8;

fn main() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let dir = corpus.join(target);
        fs::create_dir_all(&dir)?;
        fs::write(dir.join(name), bytes)
    };
    for suite in SUITES {
        let number = suite as u8;
        for (name, kind, plain) in [
            ("record", Kind::Record, CONTENT.repeat(4)),
            ("empty", Kind::Ink, String::new()),
        ] {
            let public = county(suite).public();
            let sealed = seal(kind, plain.as_bytes(), kiosk(suite), &public, &mut rng());
            let bytes = sealed.map_err(io::Error::other)?.bytes;
            write(
                "open",
                &format!("{name}_{number}"),
                &[&[0], &bytes[..]].concat(),
            )?;
            let inside = &bytes[HEADER_LEN..bytes.len() - signature_len(suite, &bytes)];
            let inside = [&[number], inside].concat();
            write("open", &format!("{name}_{number}_inside"), &inside)?;
        }
        for (name, message) in messages() {
            let bytes = message.sign(county(suite));
            write(
                "message",
                &format!("{name}_{number}"),
                &[&[0], &bytes[..]].concat(),
            )?;
            let body = &bytes[MESSAGE_BODY_AT..bytes.len() - signature_len(suite, &bytes)];
            let body = [&[number], body].concat();
            write("message", &format!("{name}_{number}_inside"), &body)?;
        }
        for (name, objects) in [("none", 0), ("some", 3)] {
            let bytes = bundle(objects).sign(kiosk(suite)).map_err(io::Error::other)?;
            write(
                "manifest",
                &format!("{name}_{number}"),
                &[&[0], &bytes[..]].concat(),
            )?;
            let body = &bytes[MANIFEST_BODY_AT..bytes.len() - signature_len(suite, &bytes)];
            let body = [&[number], body].concat();
            write("manifest", &format!("{name}_{number}_inside"), &body)?;
        }
        let token = StatusToken([0x44; 16]);
        let code = SlipCode::issue(kiosk(suite), token, 140_428, 17, 1_795_420_800);
        let url = code
            .to_url("http://10.0.0.2:8080")
            .map_err(io::Error::other)?;
        write("slip_code", &format!("address_{number}"), url.as_bytes())?;
        let digits = code.to_payload().to_ascii_lowercase();
        write("slip_code", &format!("digits_{number}"), digits.as_bytes())?;
    }
    write("open", "plain_packed", &[&[3], CONTENT.as_bytes()].concat())?;
    let packed = zstd::bulk::compress(CONTENT.repeat(4).as_bytes(), 19)?;
    write("open", "zstd_packed", &[&[4], &packed[..]].concat())
}

/// The length of the signature at the end, with the byte that states it in suite 2.
fn signature_len(suite: Suite, bytes: &[u8]) -> usize {
    match suite {
        Suite::X25519 => 64,
        Suite::Sm2 => 1 + bytes.last().map_or(0, |&len| usize::from(len)),
    }
}

fn bundle(objects: usize) -> BundleContents {
    let object = BundleObject {
        hash: ObjectHash([0xab; 32]),
        len: 806,
        priority: 1,
    };
    BundleContents {
        boot: 2,
        tick_ms: 60_000,
        wall_ms: 1_795_420_800_000,
        objects: vec![object; objects],
        left_out: 4,
    }
}

fn messages() -> [(&'static str, CountyMessage); 4] {
    let kiosk = KioskId(3);
    let hash = ObjectHash([0xab; 32]);
    let acknowledgement = CountyMessage::Acknowledgement {
        kiosk,
        acknowledged_ms: 1_795_420_800_000,
        hashes: vec![hash; 2],
        held: Some(300),
        numbers: Some(vec![299, 300]),
    };
    let status = CountyMessage::Status {
        slip_number: "140428-003-000017-C".to_owned(),
        stage: 4,
        due: Some("2026-12-21".to_owned()),
        as_of_ms: 1_795_420_800_000,
    };
    let county_key = CountyMessage::CountyKey {
        kiosk,
        public_key: envelope::CountySecret::from_seed([7; 64])
            .public()
            .to_bytes(),
    };
    let refusal = CountyMessage::Refusal {
        kiosk,
        hash,
        reason: RefusalReason::RevokedKey,
        refused_ms: 1_795_420_800_000,
    };
    [
        ("acknowledgement", acknowledgement),
        ("status", status),
        ("county_key", county_key),
        ("refusal", refusal),
    ]
}
