//! One object over requests and answers, whoever carries those: offered, then sent as far as the county lacks it.

use envelope::{ObjectHash, Sealed};
use link::{BLOCK_LEN, BlockMap, block_count, block_range};
use store::Moment;

use super::outbox::Outbox;

/// One request carries at most so many blocks: 32 KB pass a weak cellular link between two losses of signal.
const BLOCKS_PER_REQUEST: u32 = (32 << 10) / BLOCK_LEN as u32;

/// What is asked of the county's server; its crate documentation lists the answers.
#[derive(Debug, Clone, Copy)]
pub enum Request<'a> {
    /// Says that there is an object of `len` bytes.
    Offer {
        /// The object.
        hash: ObjectHash,
        /// Its length, bytes.
        len: u32,
    },
    /// Hands over whole blocks.
    Blocks {
        /// The object.
        hash: ObjectHash,
        /// Number of the first block.
        first: u32,
        /// The blocks, one after the other.
        bytes: &'a [u8],
    },
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body, as short as a county's.
    pub body: Vec<u8>,
}

/// Why an object did not reach the county by requests. It stays in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum CarryError<E> {
    /// The request got no answer.
    #[error("county does not answer: {0}")]
    Network(E),
    /// The server answered what no county answers: a captive portal, most likely.
    #[error("{status} is no answer of a county's server")]
    NotACounty {
        /// The status of the answer.
        status: u16,
    },
    /// The county refuses the object; its signed refusal, if it sent one.
    #[error("county refuses the object")]
    Refused {
        /// The message, not yet verified.
        message: Vec<u8>,
    },
    /// The server takes blocks and never has them all.
    #[error("county asks for the same blocks again and again")]
    NeverEnough,
    /// The county is there and can take nothing more now.
    #[error("county is busy")]
    Busy,
}

/// How far an object came.
#[derive(Debug)]
pub struct Carried<E> {
    /// The county's acknowledgement, not yet verified, or why there is none.
    pub outcome: Result<Vec<u8>, CarryError<E>>,
    /// The blocks that the county last said it has.
    pub held: Option<BlockMap>,
}

/// Brings one object of the outbox over by way of `ask` and acts on what the county says to it; `false` if the county
/// does not answer. What is not taken is put off, but for want of a network: that is no fault of the object, and another
/// route may take it at once.
pub fn bring<E>(
    outbox: &mut Outbox,
    hash: ObjectHash,
    now: impl Fn() -> Moment,
    ask: impl FnMut(Request<'_>) -> Result<Reply, E>,
) -> bool {
    // A file that cannot be read now may be readable at the next look.
    let Ok(Some(sealed)) = outbox.sealed(hash) else {
        return true;
    };
    let carried = carry(&sealed, ask);
    let no_network = matches!(carried.outcome, Err(CarryError::Network(_)));
    let (message, connected) = match carried.outcome {
        Ok(message) | Err(CarryError::Refused { message }) => (Some(message), true),
        Err(CarryError::NeverEnough | CarryError::Busy) => (None, true),
        Err(CarryError::Network(_) | CarryError::NotACounty { .. }) => (None, false),
    };
    let taken = message.is_some_and(|message| outbox.take(&message, now()).is_ok());
    if !taken {
        if !no_network {
            // What cannot be written down now is written after the next attempt.
            let _ = outbox.put_off(hash, now());
        }
        if let Some(map) = carried.held {
            let _ = outbox.note_held(hash, &map);
        }
    }
    connected
}

/// Brings one object over by way of `ask`, which carries a request and its answer.
pub fn carry<E>(
    sealed: &Sealed,
    mut ask: impl FnMut(Request<'_>) -> Result<Reply, E>,
) -> Carried<E> {
    let mut held = None;
    let outcome = carry_to_end(sealed, &mut held, &mut ask);
    Carried { outcome, held }
}

fn carry_to_end<E>(
    sealed: &Sealed,
    held: &mut Option<BlockMap>,
    ask: &mut impl FnMut(Request<'_>) -> Result<Reply, E>,
) -> Result<Vec<u8>, CarryError<E>> {
    // No sealed object is longer than that; a county refuses this one by its length.
    let len = u32::try_from(sealed.bytes.len()).unwrap_or(u32::MAX);
    let hash = sealed.hash;
    let offer = Request::Offer { hash, len };
    let mut reply = ask(offer).map_err(CarryError::Network)?;
    for _ in 0..requests_max(len) {
        let request = match reply.status {
            200 => return Ok(reply.body),
            202 => {
                let map = BlockMap::from_bytes(len, &reply.body)
                    .ok_or(CarryError::NotACounty { status: 202 })?;
                let (first, range) = first_missing(len, &map);
                *held = Some(map);
                Request::Blocks {
                    hash,
                    first,
                    bytes: &sealed.bytes[range],
                }
            }
            404 | 409 => {
                *held = None;
                offer
            }
            422 => {
                return Err(CarryError::Refused {
                    message: reply.body,
                });
            }
            503 => return Err(CarryError::Busy),
            status => return Err(CarryError::NotACounty { status }),
        };
        reply = ask(request).map_err(CarryError::Network)?;
    }
    Err(CarryError::NeverEnough)
}

/// Requests for one object until its server is given up for now: each block may be sent twice, and the object offered
/// a few times.
fn requests_max(len: u32) -> u32 {
    2 * block_count(len).div_ceil(BLOCKS_PER_REQUEST) + 4
}

/// The first run of missing blocks that fits a request: its first block, and its bytes. All of it if nothing is
/// missing, since a county that has it all and does not say so has to look again.
fn first_missing(len: u32, map: &BlockMap) -> (u32, std::ops::Range<usize>) {
    let blocks = map.blocks();
    let missing = (0..blocks).filter(|index| !map.contains(*index));
    let first = missing.clone().next().unwrap_or(0);
    let mut end = first + 1;
    while end < blocks && end < first + BLOCKS_PER_REQUEST && !map.contains(end) {
        end += 1;
    }
    (
        first,
        block_range(len, first).start..block_range(len, end - 1).end,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Sealed {
        let bytes = vec![7; 100_000];
        Sealed {
            hash: ObjectHash::of(&bytes),
            bytes,
        }
    }

    fn reply(status: u16, body: Vec<u8>) -> Reply {
        Reply { status, body }
    }

    /// Carries to a server that gives each request the same answer; how many it had.
    fn same_answer(answer: &Reply) -> (Carried<()>, u32) {
        let mut requests = 0;
        let carried = carry(&object(), |_| {
            requests += 1;
            Ok(answer.clone())
        });
        (carried, requests)
    }

    #[test]
    fn each_block_is_sent_once_in_runs_that_fit_a_request() {
        let object = object();
        let len = object.bytes.len() as u32;
        let mut map = BlockMap::empty(len);
        for here in [0, 1, 150] {
            map.insert(here);
        }
        let mut sent = Vec::new();
        let carried = carry::<()>(&object, |request| {
            if let Request::Blocks { first, bytes, .. } = request {
                let blocks = bytes.len().div_ceil(BLOCK_LEN) as u32;
                sent.push((first, blocks));
                for index in first..first + blocks {
                    let of_request = (index - first) as usize * BLOCK_LEN;
                    let range = block_range(len, index);
                    assert_eq!(bytes[of_request..][..range.len()], object.bytes[range]);
                    assert!(map.insert(index), "block {index} twice");
                }
            }
            let whole = map.is_complete();
            Ok(if whole {
                reply(200, b"signed".to_vec())
            } else {
                reply(202, map.as_bytes().to_vec())
            })
        });
        assert_eq!(carried.outcome.unwrap(), b"signed");
        let blocks = block_count(len);
        let runs = [(2, 136), (138, 12), (151, 136), (287, blocks - 287)];
        assert_eq!(sent, runs);
    }

    #[test]
    fn what_the_county_had_when_the_network_failed_is_told() {
        let object = object();
        let mut map = BlockMap::empty(object.bytes.len() as u32);
        map.insert(5);
        let mut answers = vec![Ok(reply(202, map.as_bytes().to_vec())), Err("gone")].into_iter();
        let carried = carry(&object, |_| answers.next().unwrap());
        assert!(matches!(carried.outcome, Err(CarryError::Network("gone"))));
        assert_eq!(carried.held, Some(map));
    }

    #[test]
    fn a_server_that_never_has_enough_is_given_up() {
        let len = object().bytes.len() as u32;
        let nothing = reply(202, BlockMap::empty(len).as_bytes().to_vec());
        let (carried, requests) = same_answer(&nothing);
        assert!(matches!(carried.outcome, Err(CarryError::NeverEnough)));
        assert_eq!(requests, requests_max(len) + 1);
    }

    #[test]
    fn a_refusal_brings_the_countys_word() {
        let (carried, requests) = same_answer(&reply(422, b"signed".to_vec()));
        assert!(
            matches!(carried.outcome, Err(CarryError::Refused { message }) if message == b"signed")
        );
        assert_eq!(requests, 1);
    }

    #[test]
    fn a_busy_county_is_asked_again_later() {
        let (carried, requests) = same_answer(&reply(503, vec![]));
        assert!(matches!(carried.outcome, Err(CarryError::Busy)));
        assert_eq!(requests, 1);
    }

    #[test]
    fn what_no_county_answers_is_no_county() {
        for answer in [
            reply(302, b"login".to_vec()),
            reply(202, vec![0xff; 3]),
            reply(204, vec![]),
        ] {
            let (carried, _) = same_answer(&answer);
            assert!(
                matches!(carried.outcome, Err(CarryError::NotACounty { status }) if status == answer.status)
            );
        }
    }
}
