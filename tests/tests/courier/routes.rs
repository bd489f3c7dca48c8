//! A stick beside other routes.

use county::intake::Offer;
use envelope::Sealed;

use crate::bench::{Bench, Stick};

#[test]
fn a_stick_completes_what_began_to_come_over_the_network() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let slip = bench.apply(&mut kiosk, &[2000, 20_000]);
    let owed = kiosk.owed();
    for object in &owed {
        bench.blocks_come(object, 2);
    }
    bench.export(&kiosk, &stick);
    let imported = bench.import_one(&stick);
    assert_eq!((imported.new, imported.damaged), (3, 0));
    assert!(bench.case(slip).papers.iter().all(|paper| paper.arrived));
    for object in &owed {
        let len = u32::try_from(object.bytes.len()).unwrap();
        let offer = bench.county.offer(object.hash, len).unwrap();
        assert_eq!(offer, Offer::Held { kiosk: kiosk.id() });
    }
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
}

#[test]
fn false_blocks_that_came_under_an_object_s_name_do_not_keep_the_stick_s_out() {
    let mut bench = Bench::new();
    let mut kiosk = bench.kiosk(3);
    let stick = Stick::new();
    let slip = bench.apply(&mut kiosk, &[]);
    let record = kiosk.owed().remove(0);
    let false_blocks = Sealed {
        hash: record.hash,
        bytes: vec![7; record.bytes.len()],
    };
    bench.blocks_come(&false_blocks, 1);
    bench.export(&kiosk, &stick);
    assert_eq!(bench.import_one(&stick).new, 1);
    bench.case(slip);
    bench.export(&kiosk, &stick);
    assert!(kiosk.owes_nothing());
}
