//! Objects over HTTP.

use std::net::SocketAddr;

use county::County;
use envelope::{CountyMessage, Kind, KioskId, Sealed, SlipCode};
use link::{BLOCK_LEN, BlockMap};
use reqwest::blocking::{Client, Response};
use reqwest::redirect::Policy;

use crate::bench::{Bench, application, noise, secret, signer};

/// The county's real server on a loopback port.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    pub(crate) county: County,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    pub(crate) fn start(county: &County) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        let served = county.clone();
        runtime.spawn(async move { served.serve_http(listener, std::future::pending()).await });
        // A server hangs up on a body it does not want, which a request that follows on the same connection may meet.
        let client = Client::builder()
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client");
        Self {
            address,
            client,
            county: county.clone(),
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().expect("an answer")
    }

    pub(crate) fn slip(&self, slip: &SlipCode) -> Response {
        self.get(&format!("/S/{}", slip.to_payload()))
    }

    fn offer(&self, object: &Sealed) -> Response {
        let url = self.url(&format!(
            "/v1/objects/{}?len={}",
            object.hash,
            object.bytes.len()
        ));
        self.client.post(url).send().expect("an answer")
    }

    fn put(&self, object: &Sealed, first: usize, blocks: usize) -> Response {
        let url = self.url(&format!("/v1/objects/{}/blocks/{first}", object.hash));
        let end = object.bytes.len().min((first + blocks) * BLOCK_LEN);
        let body = object.bytes[first * BLOCK_LEN..end].to_vec();
        self.client.put(url).body(body).send().expect("an answer")
    }

    fn put_all(&self, object: &Sealed) -> Response {
        self.put(object, 0, object.bytes.len().div_ceil(BLOCK_LEN))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn acknowledged(response: Response) -> Vec<envelope::ObjectHash> {
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().expect("a body");
    match CountyMessage::verify(&bytes, &secret().public()).expect("the county's signature") {
        CountyMessage::Acknowledgement {
            kiosk: KioskId(3),
            hashes,
            ..
        } => hashes,
        other => panic!("{other:?} is no acknowledgement for kiosk 3"),
    }
}

#[test]
fn an_object_sent_over_http_is_acknowledged_and_its_record_is_a_case() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.submission(17, &[]);

    let offered = server.offer(&sent.sealed);
    assert_eq!(offered.status(), 202);
    let len = u32::try_from(sent.sealed.bytes.len()).expect("a short record");
    let map =
        BlockMap::from_bytes(len, &offered.bytes().expect("a map")).expect("a map of its length");
    assert_eq!(map.held(), 0);

    assert_eq!(
        acknowledged(server.put_all(&sent.sealed)),
        [sent.sealed.hash]
    );
    assert_eq!(bench.case(&sent).application, sent.record);
    assert_eq!(
        acknowledged(server.get("/v1/acknowledgements/3")),
        [sent.sealed.hash]
    );
    let told = server.get("/v1/acknowledgements/4").bytes();
    let told = CountyMessage::verify(&told.expect("a message"), &secret().public());
    assert!(matches!(
        told.expect("the county's word"),
        CountyMessage::Acknowledgement { kiosk: KioskId(4), hashes, held: Some(0), .. } if hashes.is_empty()
    ));
}

#[test]
fn the_same_object_again_is_answered_from_the_ledger() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.received(1);
    assert_eq!(acknowledged(server.offer(&sent.sealed)), [sent.sealed.hash]);
    assert_eq!(
        acknowledged(server.put_all(&sent.sealed)),
        [sent.sealed.hash]
    );
    assert_eq!(bench.case_count(), 1);
}

#[test]
fn one_submission_sealed_twice_is_one_case() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let plain = sent.record.to_cbor().expect("a record");
    let again = bench.seal(Kind::Record, &plain, &signer(3));
    bench.deliver(&sent.sealed);
    bench.deliver(&again);
    assert_eq!(bench.case_count(), 1);
    let server = Server::start(&bench.county);
    assert_eq!(acknowledged(server.offer(&again)), [again.hash]);
}

#[test]
fn a_paper_may_come_before_its_record_or_after_it() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Ink, noise(1000)), (Kind::Picture, noise(2000))]);
    bench.deliver(&sent.papers[0]);
    bench.deliver(&sent.sealed);
    let arrived = |bench: &Bench| -> Vec<bool> {
        let case = bench.case(&sent);
        case.papers.iter().map(|paper| paper.arrived).collect()
    };
    assert_eq!(arrived(&bench), [true, false]);
    bench.deliver(&sent.papers[1]);
    assert_eq!(arrived(&bench), [true, true]);
    let case = bench.case(&sent);
    let paper = bench
        .county
        .paper(case.id, sent.papers[1].hash)
        .expect("the ledger")
        .expect("the paper");
    assert_eq!(paper.plain, noise(2000));
}

#[test]
fn a_reboot_between_blocks_loses_none() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[(Kind::Picture, noise(5000))]);
    let paper = &sent.papers[0];
    let server = Server::start(&bench.county);
    server.offer(paper);
    server.put(paper, 3, 5);
    drop(server);
    let bench = bench.reboot();
    let server = Server::start(&bench.county);
    let len = u32::try_from(paper.bytes.len()).expect("a short paper");
    let map =
        BlockMap::from_bytes(len, &server.offer(paper).bytes().expect("a map")).expect("a map");
    let held: Vec<u32> = (0..map.blocks())
        .filter(|index| map.contains(*index))
        .collect();
    assert_eq!(held, [3, 4, 5, 6, 7]);
    assert_eq!(server.put(paper, 0, 3).status(), 202);
    assert_eq!(acknowledged(server.put(paper, 8, 99)), [paper.hash]);
}

#[test]
fn a_forged_signature_is_refused_with_its_reason() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let plain = application(3, 1).to_cbor().expect("a record");
    let stranger = envelope::KioskSigner::from_seed(KioskId(3), [0xEE; 32]);
    let forged = bench.seal(Kind::Record, &plain, &stranger);
    server.offer(&forged);
    let refused = server.put_all(&forged);
    assert_eq!(refused.status(), 422);
    let told = refused.bytes().expect("a message");
    let told = CountyMessage::verify(&told, &secret().public()).expect("the county's word");
    let CountyMessage::Refusal { hash, reason, .. } = told else {
        panic!("a refusal, not {told:?}")
    };
    let unknown = envelope::RefusalReason::UnknownKiosk;
    assert_eq!((hash, reason), (forged.hash, unknown));
    assert_eq!(server.offer(&forged).status(), 422);
    assert_eq!(bench.case_count(), 0);
}

#[test]
fn a_flipped_bit_under_the_right_name_makes_the_county_ask_for_all_again() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let sent = bench.submission(1, &[]);
    let mut damaged = sent.sealed.clone();
    damaged.bytes[100] ^= 1;
    server.offer(&damaged);
    assert_eq!(server.put_all(&damaged).status(), 409);
    assert_eq!(
        acknowledged(server.put_all(&sent.sealed)),
        [sent.sealed.hash]
    );
}

#[test]
fn an_object_of_a_kiosk_that_is_enrolled_later_is_held_at_its_next_offer() {
    let mut bench = Bench::new();
    let late = signer(4);
    let plain = application(4, 1).to_cbor().expect("a record");
    let sealed = bench.seal(Kind::Record, &plain, &late);
    bench.deliver(&sealed);
    assert_eq!(bench.case_count(), 0);
    bench.county.enrol(&late.public()).expect("the ledger");
    let server = Server::start(&bench.county);
    assert_eq!(server.offer(&sealed).status(), 200);
    assert_eq!(bench.case_count(), 1);
}

#[test]
fn a_record_with_another_kiosks_or_countys_slip_number_is_refused() {
    let mut bench = Bench::new();
    let server = Server::start(&bench.county);
    let mut elsewhere = application(3, 1);
    elsewhere.slip_number = relief::SlipNumber::new(140_429, 3, 1).expect("a slip number");
    for record in [application(5, 1), elsewhere] {
        let plain = record.to_cbor().expect("a record");
        let sealed = bench.seal(Kind::Record, &plain, &signer(3));
        server.offer(&sealed);
        assert_eq!(server.put_all(&sealed).status(), 422);
    }
    assert_eq!(bench.case_count(), 0);
}

#[test]
fn a_signed_record_that_is_no_record_is_set_aside() {
    let mut bench = Bench::new();
    let sealed = bench.seal(Kind::Record, b"not CBOR of ours", &signer(3));
    let server = Server::start(&bench.county);
    server.offer(&sealed);
    assert_eq!(server.put_all(&sealed).status(), 422);
}

#[test]
fn malformed_requests_are_the_senders_fault_and_never_ours() {
    let mut bench = Bench::new();
    let sent = bench.submission(1, &[]);
    let server = Server::start(&bench.county);
    let hash = sent.sealed.hash;
    for (method, path, body) in [
        ("POST", "/v1/objects/zz?len=5".to_owned(), 0),
        ("POST", format!("/v1/objects/{hash}"), 0),
        ("POST", format!("/v1/objects/{hash}?len=-1"), 0),
        ("POST", format!("/v1/objects/{hash}?len=0"), 0),
        ("POST", format!("/v1/objects/{hash}?len=4294967295"), 0),
        ("PUT", format!("/v1/objects/{hash}/blocks/0"), 0),
        ("PUT", format!("/v1/objects/{hash}/blocks/0"), 240),
        ("PUT", format!("/v1/objects/{hash}/blocks/x"), 240),
        ("PUT", format!("/v1/objects/{hash}/blocks/4294967295"), 480),
        ("PUT", format!("/v1/objects/{hash}/blocks/0"), 300_000),
        ("GET", "/v1/acknowledgements/70000".to_owned(), 0),
        ("GET", "/v1/acknowledgements/%FF".to_owned(), 0),
        ("GET", "/nothing".to_owned(), 0),
    ] {
        let method = method.parse().expect("a method");
        let answer = server
            .client
            .request(method, server.url(&path))
            .body(vec![0; body])
            .send()
            .expect("an answer");
        assert!(
            answer.status().is_client_error(),
            "{path}: {}",
            answer.status()
        );
    }
}
