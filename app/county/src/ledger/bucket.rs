//! Sealed pages in a bucket of an S3-compatible store. Their rows stay in the ledger and have no bytes; an object's name in
//! the bucket is the county's code and the hash of its bytes, so that putting it there twice changes nothing.
//!
//! Pages are what is large and is opened only when somebody looks at it. Records stay in their rows.

use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
    thread,
    time::Duration,
};

use envelope::{Header, Kind, MAX_SEALED_LEN, ObjectHash};
use reqwest::{
    StatusCode, Url,
    blocking::{Client, RequestBuilder, Response},
    redirect::Policy,
};
use rusty_s3::{Bucket as Address, Credentials, S3Action, UrlStyle};
use serde::Deserialize;

/// How long is waited before a store is asked again that says it failed: with S3 that is a matter of moments, and a request that
/// is sent twice changes nothing.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(1000),
];

/// A bucket of an S3-compatible store. Any number of counties and servers may use it at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BucketSettings {
    /// Where the store is: `http://10.0.0.5:9000`. The connection is not encrypted, the objects in it are.
    pub endpoint: String,
    /// The bucket's name. It has to be there.
    pub name: String,
    /// The store's name for where the bucket is; many stores do not mind.
    #[serde(default = "region")]
    pub region: String,
    /// Whose requests these are.
    pub access_key: String,
    /// File with the secret that belongs to the access key, and nothing else.
    pub secret_key_file: PathBuf,
}

fn region() -> String {
    "us-east-1".to_owned()
}

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The settings do not say where it is.
    #[error(
        "the bucket's endpoint has to be like http://10.0.0.5:9000 and its name one that an address can hold"
    )]
    Address,
    /// Its secret cannot be read.
    #[error("file of the bucket's secret key cannot be read: {0}")]
    Secret(io::Error),
    /// An object lies in a bucket, and the settings name none.
    #[error("the settings name no bucket, and object {0} lies in one: see [county.bucket]")]
    NotNamed(ObjectHash),
    /// The store did not answer, or broke off.
    #[error("the bucket's store does not answer: {0}")]
    NoAnswer(reqwest::Error),
    /// The store broke off.
    #[error("the bucket's store broke off: {0}")]
    BrokenOff(io::Error),
    /// The store did not do it.
    #[error(
        "the bucket's store answers {status}; look at its log, and at the keys and the name in [county.bucket]"
    )]
    Refused {
        /// Its answer.
        status: StatusCode,
    },
}

/// For how long a request is signed. Clocks of the two machines may differ by as much.
const SIGNED_FOR: Duration = Duration::from_secs(300);

/// Longest wait for a whole answer. Whoever sent the object is told nothing and sends it again.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

pub(crate) struct Bucket {
    client: Client,
    address: Address,
    credentials: Credentials,
    county_code: u32,
}

impl Bucket {
    pub(crate) fn of_county(
        settings: &BucketSettings,
        county_code: u32,
    ) -> Result<Self, BucketError> {
        let BucketSettings {
            endpoint,
            name,
            region,
            access_key,
            secret_key_file,
        } = settings;
        let endpoint = Url::parse(endpoint).map_err(|_| BucketError::Address)?;
        if endpoint.scheme() != "http" {
            return Err(BucketError::Address);
        }
        let address = Address::new(endpoint, UrlStyle::Path, name.clone(), region.clone())
            .map_err(|_| BucketError::Address)?;
        let secret = fs::read_to_string(secret_key_file).map_err(BucketError::Secret)?;
        let client = Client::builder()
            // Neither an environment nor the store may send pages to another place.
            .no_proxy()
            .redirect(Policy::none())
            .timeout(ANSWER_WAIT)
            .build()
            .map_err(BucketError::NoAnswer)?;
        Ok(Self {
            client,
            address,
            credentials: Credentials::new(access_key.clone(), secret.trim_end()),
            county_code,
        })
    }

    /// Whether an object belongs into the bucket.
    pub(super) fn takes(bytes: &[u8]) -> bool {
        Header::parse(bytes).is_ok_and(|header| matches!(header.kind, Kind::Ink | Kind::Picture))
    }

    /// Puts an object there; it is on the store's disk when this returns.
    pub(super) fn put(&self, hash: ObjectHash, bytes: &[u8]) -> Result<(), BucketError> {
        let name = self.name(hash);
        let url = self
            .address
            .put_object(Some(&self.credentials), &name)
            .sign(SIGNED_FOR);
        let answer = self.ask(self.client.put(url).body(bytes.to_owned()))?;
        succeeded(&answer)
    }

    /// The bytes that lie there under this name, which may be others than those that were put; `None` if there are none.
    pub(super) fn get(&self, hash: ObjectHash) -> Result<Option<Vec<u8>>, BucketError> {
        let name = self.name(hash);
        let url = self
            .address
            .get_object(Some(&self.credentials), &name)
            .sign(SIGNED_FOR);
        let answer = self.ask(self.client.get(url))?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        succeeded(&answer)?;
        let mut bytes = Vec::new();
        answer
            .take(MAX_SEALED_LEN as u64)
            .read_to_end(&mut bytes)
            .map_err(BucketError::BrokenOff)?;
        Ok(Some(bytes))
    }

    fn name(&self, hash: ObjectHash) -> String {
        format!("{}/{}", self.county_code, hex::encode(hash.0))
    }

    fn ask(&self, request: RequestBuilder) -> Result<Response, BucketError> {
        // The address is signed: whoever has it may use it.
        let no_answer = |error: reqwest::Error| BucketError::NoAnswer(error.without_url());
        let request = request.build().map_err(no_answer)?;
        for pause in PAUSES {
            let Some(once) = request.try_clone() else {
                break;
            };
            let answer = self.client.execute(once).map_err(no_answer)?;
            if !answer.status().is_server_error() {
                return Ok(answer);
            }
            thread::sleep(pause);
        }
        self.client.execute(request).map_err(no_answer)
    }
}

fn succeeded(answer: &Response) -> Result<(), BucketError> {
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(BucketError::Refused { status }),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Write as _},
        net::TcpListener,
    };

    use super::*;

    /// The page of a store that answers these requests with these lines, one after the other.
    fn got_from(answers: &'static [&'static str]) -> Result<Option<Vec<u8>>, BucketError> {
        let store = TcpListener::bind("127.0.0.1:0").unwrap();
        let dir = tempfile::tempdir().unwrap();
        let secret_key_file = dir.path().join("secret");
        fs::write(&secret_key_file, "invented").unwrap();
        let settings = BucketSettings {
            endpoint: format!("http://{}", store.local_addr().unwrap()),
            name: "pages".to_owned(),
            region: region(),
            access_key: "county".to_owned(),
            secret_key_file,
        };
        let answering = thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = store.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                lines.map(Result::unwrap).find(String::is_empty).unwrap();
                write!(
                    stream,
                    "HTTP/1.1 {answer}\r\ncontent-length: 4\r\nconnection: close\r\n\r\npage"
                )
                .unwrap();
            }
        });
        let got = Bucket::of_county(&settings, 140_428)
            .unwrap()
            .get(ObjectHash([1; 32]));
        answering.join().unwrap();
        got
    }

    #[test]
    fn a_store_that_says_it_failed_is_asked_again_and_one_that_goes_on_failing_is_named() {
        let page = got_from(&["503 Slow Down", "500 Internal Server Error", "200 OK"]);
        assert_eq!(page.unwrap().as_deref(), Some(&b"page"[..]));
        assert!(matches!(got_from(&["404 Not Found"]), Ok(None)));
        assert!(matches!(
            got_from(&["500 Internal Server Error"; 4]),
            Err(BucketError::Refused { status }) if status == StatusCode::INTERNAL_SERVER_ERROR
        ));
        assert!(matches!(
            got_from(&["403 Forbidden"]),
            Err(BucketError::Refused { .. })
        ));
    }
}
