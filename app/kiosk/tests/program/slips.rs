use std::path::Path;

use envelope::{KioskId, KioskSigner, SlipCode, StatusToken, Suite};

use crate::bench::{Said, run};

fn signer(suite: Suite, kiosk: u16, seed: u8) -> KioskSigner {
    KioskSigner::from_seed_in(suite, KioskId(kiosk), [seed; 32])
}

fn key(signer: &KioskSigner) -> String {
    hex::encode(signer.public().to_bytes())
}

/// Slip 17 of kiosk 3, submitted on 2026-11-23 at 10:05 in China.
fn slip(signer: &KioskSigner) -> String {
    let token = StatusToken([0x44; 16]);
    let code = SlipCode::issue(signer, token, 140_428, 17, 1_795_399_500);
    code.to_url("http://10.0.0.2:8080").unwrap()
}

fn verify(code: &str, keys: &[&str]) -> Said {
    let keys = keys.iter().flat_map(|key| ["--key", *key]);
    let arguments: Vec<&str> = ["verify-slip", code].into_iter().chain(keys).collect();
    run(Path::new("."), &arguments)
}

/// The slip's address with another digit at a place of its code.
fn altered(slip: &str, place: usize) -> String {
    let begin = slip.rfind('/').unwrap() + 1;
    let mut digits = slip.to_owned().into_bytes();
    digits[begin + place] = if digits[begin + place] == b'7' {
        b'8'
    } else {
        b'7'
    };
    String::from_utf8(digits).unwrap()
}

const TRUE_SLIP: [&str; 2] = [
    "true slip 140428-003-000017-1",
    "submitted 2026年11月23日 10:05",
];

#[test]
fn a_true_slip_of_either_suite_is_told_with_its_number_and_time() {
    for suite in [Suite::X25519, Suite::Sm2] {
        let kiosk = signer(suite, 3, 1);
        let url = slip(&kiosk);
        verify(&url, &[&key(&kiosk)]).says(&TRUE_SLIP);
        // Typed by hand: the code alone, in small letters.
        let code = url.rsplit('/').next().unwrap().to_lowercase();
        verify(&code, &[&key(&kiosk)]).says(&TRUE_SLIP);
    }
}

#[test]
fn any_of_a_kiosk_s_keys_may_have_signed_a_slip() {
    let [old, new, other] =
        [(3, 1), (3, 2), (4, 1)].map(|(id, seed)| signer(Suite::X25519, id, seed));
    let keys = [&other, &new, &old].map(key);
    let keys = keys.each_ref().map(String::as_str);
    verify(&slip(&old), &keys).says(&TRUE_SLIP);
    verify(&slip(&new), &keys).says(&TRUE_SLIP);
}

#[test]
fn a_slip_with_an_altered_digit_is_no_true_one() {
    let kiosk = signer(Suite::X25519, 3, 1);
    let url = slip(&kiosk);
    // In the token, the counter, the time and the signature.
    for place in [10, 41, 50, 100] {
        verify(&altered(&url, place), &[&key(&kiosk)])
            .fails_with("signature of kiosk 003 does not match: slip is forged or altered");
    }
    let forger = signer(Suite::X25519, 3, 9);
    verify(&slip(&forger), &[&key(&kiosk)])
        .fails_with("signature of kiosk 003 does not match: slip is forged or altered");
}

#[test]
fn a_key_that_cannot_judge_the_slip_is_told_from_a_forged_slip() {
    let kiosk = signer(Suite::X25519, 3, 1);
    for other in [signer(Suite::X25519, 4, 1), signer(Suite::Sm2, 3, 1)] {
        verify(&slip(&kiosk), &[&key(&other)]).fails_with(
            "slip says that it is of kiosk 003 and signed with Ed25519; give such a key of that kiosk",
        );
    }
    verify(&slip(&signer(Suite::Sm2, 3, 1)), &[&key(&kiosk)]).fails_with(
        "slip says that it is of kiosk 003 and signed with SM2; give such a key of that kiosk",
    );
}

#[test]
fn what_is_no_slip_and_what_is_no_key_says_what_to_give() {
    let kiosk = signer(Suite::X25519, 3, 1);
    for garbage in ["", "140428-003-000017-1", "http://example.org/", "明白"] {
        verify(garbage, &[&key(&kiosk)]).fails_with(
            "not a slip code: needs 159 base-32 digits; scan the slip's QR code again and give all of what it says",
        );
    }
    let url = slip(&kiosk);
    verify(&url, &["not a key"])
        .fails_with("key is not in hexadecimal digits; give those in kiosk-public");
    let said = verify(&url, &["0100"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.ends_with("; give the digits in kiosk-public\n"),
        "{}",
        said.err
    );
    // The program's own usage.
    assert_eq!(verify(&url, &[]).code, Some(2));
}
