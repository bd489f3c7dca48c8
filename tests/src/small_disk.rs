//! A real disk that is filled up to the last byte in the middle of a visit: the submission begun is finished, no other is
//! begun until there is room again.
//!
//! ```sh
//! unshare -rm sh -c 'mount -t tmpfs -o size=96m none "$DIR" && target/debug/small_disk "$DIR"'
//! ```

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
};

use envelope::{CountySecret, Kind, KioskId, KioskSigner, seal};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};
use store::{Moment, Store, Submission, SubmissionId, SubmitError, UnixMs};

const NOW: Moment = Moment {
    boot: 1,
    tick_ms: 60_000,
    wall: UnixMs(1_795_420_800_000),
};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = env::args()
        .nth(1)
        .ok_or("needs the folder of a small disk")?;
    let dir = Path::new(&dir);
    let path = dir.join("kiosk.db");
    let mut store = Store::open(&path)?;
    expect(store.has_room()?, "a fresh disk has room for a submission")?;

    fill(&dir.join("filler"))?;
    expect(store.has_room()?, "room is held though the disk is full")?;
    let begun = submission(1, 6 << 20)?;
    store.submit(&begun, NOW)?;
    expect(!store.has_room()?, "no further application is begun")?;
    // Nobody is led so far, but what is left of the room is not wasted either.
    let refused = (2..20).find_map(|number| {
        let more = submission(number, 6 << 20).ok()?;
        store.submit(&more, NOW).err().map(|error| (more, error))
    });
    let Some((refused, SubmitError::DiskFull { .. })) = refused else {
        return Err("a full disk is not noticed".into());
    };
    expect(
        store.receipt(&refused.slip_number)?.is_none(),
        "what is refused leaves nothing",
    )?;

    drop(store);
    let mut store = Store::open(&path)?;
    expect(!store.has_room()?, "nor after a restart")?;
    for (_, sealed) in &begun.objects {
        let kept = store.sealed(sealed.hash)?;
        expect(kept.as_ref() == Some(sealed), "what was finished is whole")?;
    }
    store.mark_attempt(begun.objects[0].1.hash, NOW)?;

    fs::remove_file(dir.join("filler"))?;
    store.take_room();
    expect(
        store.has_room()?,
        "with room again, applications are taken again",
    )?;
    store.submit(&submission(20, 1 << 20)?, NOW)?;
    println!("small disk: a submission begun was finished, the next waited for room");
    Ok(())
}

fn expect(holds: bool, what: &str) -> Result<(), Box<dyn Error>> {
    if holds {
        Ok(())
    } else {
        Err(format!("does not hold: {what}").into())
    }
}

/// Writes until the disk takes no more.
fn fill(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut file = File::create(path)?;
    let mut piece = vec![0x5a; 1 << 20];
    loop {
        match file.write_all(&piece) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::StorageFull && 1 < piece.len() => {
                piece.truncate(piece.len() / 2);
            }
            Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn submission(number: u8, len: usize) -> Result<Submission, Box<dyn Error>> {
    let kiosk = KioskSigner::from_seed(KioskId(3), [0x11; 32]);
    let county = CountySecret::from_seed([0x22; 64]).public();
    let mut rng = ChaCha20Rng::from_seed([number; 32]);
    let mut picture = vec![0; len];
    rng.fill_bytes(&mut picture);
    Ok(Submission {
        submission_id: SubmissionId([number; 16]),
        slip_number: format!("slip {number}"),
        scheme: Some(1),
        submitted: NOW.wall,
        slip_url: String::new(),
        objects: vec![
            (
                1,
                seal(Kind::Record, b"a record", &kiosk, &county, &mut rng)?,
            ),
            (3, seal(Kind::Picture, &picture, &kiosk, &county, &mut rng)?),
        ],
    })
}
