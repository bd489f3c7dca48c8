//! The crate's side of `tests/peers/sm_peer.py`: suite 2 driven by lines of text.
//!
//! Each line of input is a command and its arguments, each line of output the answer to it. Bytes are hexadecimal
//! digits, no bytes are `-`. What is refused is answered with `refused: ` and the reason.
//!
//! | Command | Answer |
//! |---|---|
//! | `keys KIOSK_SEED COUNTY_SEED` | public keys of kiosk 3 and of the county |
//! | `seal KIOSK_SEED COUNTY_PUBLIC RANDOM_SEED PLAIN` | a sealed record |
//! | `open KIOSK_PUBLIC COUNTY_SEED OBJECT` | its content |
//! | `sign COUNTY_SEED` | a signed status message about slip 140428-003-000017-C |
//! | `verify COUNTY_PUBLIC MESSAGE` | `status` and the slip number |
//! | `issue KIOSK_SEED` | a slip's code |
//! | `check KIOSK_PUBLIC CODE` | `genuine` |

use std::{
    error::Error,
    io::{self, BufRead, Write},
};

use envelope::{
    CountyKeyring, CountyMessage, CountyPublic, CountySecret, Kind, KioskId, KioskPublic,
    KioskSigner, KioskStanding, SlipCode, StatusToken, Suite, open, seal,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match answer(&words) {
            Ok(answer) => writeln!(out, "{answer}")?,
            Err(error) => writeln!(out, "refused: {error}")?,
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(words: &[&str]) -> Result<String, Box<dyn Error>> {
    match *words {
        ["keys", kiosk, county] => {
            let (kiosk, county) = (signer(kiosk)?.public(), secret(county)?.public());
            Ok(format!(
                "{} {}",
                hex(&kiosk.to_bytes()),
                hex(&county.to_bytes())
            ))
        }
        ["seal", kiosk, county, random, plain] => {
            let county = CountyPublic::from_bytes(&bytes(county)?)?;
            let mut rng = ChaCha20Rng::from_seed(array(random)?);
            let plain = bytes(plain)?;
            let sealed = seal(Kind::Record, &plain, &signer(kiosk)?, &county, &mut rng)?;
            Ok(hex(&sealed.bytes))
        }
        ["open", kiosk, county, object] => {
            let kiosk = KioskPublic::from_bytes(&bytes(kiosk)?)?;
            let county = CountyKeyring::from(secret(county)?);
            let opened = open(&bytes(object)?, &county, |_, _| {
                KioskStanding::Accepted(kiosk)
            })?;
            Ok(hex(&opened.plain))
        }
        ["sign", county] => {
            let message = CountyMessage::Status {
                slip_number: "140428-003-000017-C".to_owned(),
                stage: 4,
                due: None,
                as_of_ms: 1_795_420_800_000,
            };
            Ok(hex(&message.sign(&secret(county)?)))
        }
        ["verify", county, message] => {
            let county = CountyPublic::from_bytes(&bytes(county)?)?;
            match CountyMessage::verify(&bytes(message)?, &county)? {
                CountyMessage::Status { slip_number, .. } => Ok(format!("status {slip_number}")),
                CountyMessage::Acknowledgement { .. }
                | CountyMessage::CountyKey { .. }
                | CountyMessage::Refusal { .. }
                | CountyMessage::Checkpoint { .. }
                | CountyMessage::RuleFiles { .. } => Err("another message".into()),
            }
        }
        ["issue", kiosk] => {
            let token = StatusToken([0x44; 16]);
            let code = SlipCode::issue(&signer(kiosk)?, token, 140_428, 17, 1_795_420_800);
            Ok(code.to_payload())
        }
        ["check", kiosk, code] => {
            SlipCode::parse(code)?.verify(&KioskPublic::from_bytes(&bytes(kiosk)?)?)?;
            Ok("genuine".to_owned())
        }
        _ => Err("no such command".into()),
    }
}

fn signer(seed: &str) -> Result<KioskSigner, Box<dyn Error>> {
    Ok(KioskSigner::from_seed_in(
        Suite::Sm2,
        KioskId(3),
        array(seed)?,
    ))
}

fn secret(seed: &str) -> Result<CountySecret, Box<dyn Error>> {
    Ok(CountySecret::from_seed_in(Suite::Sm2, array(seed)?))
}

fn array<const N: usize>(digits: &str) -> Result<[u8; N], Box<dyn Error>> {
    <[u8; N]>::try_from(bytes(digits)?).map_err(|_| format!("needs {N} bytes").into())
}

fn bytes(digits: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    if digits == "-" {
        return Ok(Vec::new());
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| {
            let pair = digits.get(at..at + 2).ok_or("odd number of digits")?;
            Ok(u8::from_str_radix(pair, 16)?)
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
