//! Requests to one scanner, each with a bound on its answer and a time after which nobody waits for it.

use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url, header};
use tokio::runtime::{Builder, Runtime};

use crate::page_source::{LOOK_EVERY, PageFault, Unfit};
use crate::patience::Patience;

/// A path that a scanner gives to a job; real ones have 50 characters.
const PATH_BYTES_MAX: usize = 512;

/// Why an address is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no address of the form `http://HOST[:PORT]/PATH`.
    #[error("a scanner's address is http://HOST/eSCL")]
    Form,
    /// The system gives no means for requests.
    #[error("the system does not let us make requests")]
    System,
}

/// What a scanner answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The way to one scanner.
#[derive(Debug)]
pub(super) struct Wire {
    runtime: Runtime,
    client: Client,
    base: Url,
}

impl Wire {
    pub(super) fn new(address: &str) -> Result<Self, AddressError> {
        let mut base = Url::parse(address).map_err(|_| AddressError::Form)?;
        let plain = base.scheme() == "http"
            && base.host().is_some()
            && base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if !plain {
            return Err(AddressError::Form);
        }
        base.set_path(&format!("{}/", base.path().trim_end_matches('/')));
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| AddressError::System)?;
        let client = Client::builder()
            // Neither an environment nor the scanner may send papers to another place.
            .no_proxy()
            .redirect(Policy::none())
            // Scanners close idle connections at any time.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|_| AddressError::System)?;
        Ok(Self {
            runtime,
            client,
            base,
        })
    }

    /// The address of one of the scanner's own resources.
    pub(super) fn url(&self, name: &str) -> Url {
        self.at(&format!("{}{name}", self.base.path()))
    }

    /// The address of a path at this scanner.
    pub(super) fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    /// The path of the job that an answer made. Its host is not looked at: scanners behind another name give their own.
    pub(super) fn job_path(&self, answer: &Answer) -> Result<String, PageFault> {
        let location = answer.location.as_deref().unwrap_or_default();
        let path = self
            .base
            .join(location)
            .ok()
            .map(|url| url.path().trim_end_matches('/').to_owned())
            .filter(|path| !location.is_empty() && !path.is_empty())
            .filter(|path| path.len() <= PATH_BYTES_MAX);
        path.ok_or(PageFault::Misunderstood("the scanner did not name the job"))
    }

    /// Asks, and hears the answer's body of at most `bytes_max`; `progress` hears how much is here, and of how much.
    ///
    /// The body of anything but a success is not worth hearing.
    pub(super) fn ask(
        &self,
        method: Method,
        url: Url,
        body: Option<String>,
        bytes_max: usize,
        patience: &Patience<'_>,
        progress: &mut dyn FnMut(usize, Option<u64>),
    ) -> Result<Answer, PageFault> {
        patience.check()?;
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "text/xml").body(body);
        }
        let asking = async {
            let mut response = request.send().await.map_err(|_| PageFault::Unreachable)?;
            let total = response.content_length();
            let mut answer = Answer {
                status: response.status(),
                location: response
                    .headers()
                    .get(header::LOCATION)
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned),
                body: Vec::new(),
            };
            if answer.status != StatusCode::OK {
                return Ok(answer);
            }
            let too_large = PageFault::Unfit(Unfit::TooLarge { bytes_max });
            if total.is_some_and(|total| total > bytes_max as u64) {
                return Err(too_large);
            }
            while let Some(chunk) = response.chunk().await.map_err(|_| PageFault::Unreachable)? {
                if chunk.len() > bytes_max - answer.body.len() {
                    return Err(too_large);
                }
                answer.body.extend_from_slice(&chunk);
                progress(answer.body.len(), total);
            }
            Ok(answer)
        };
        self.runtime.block_on(async {
            let mut asking = std::pin::pin!(asking);
            let mut look = tokio::time::interval(LOOK_EVERY);
            loop {
                tokio::select! {
                    answer = &mut asking => return answer,
                    _ = look.tick() => patience.check()?,
                }
            }
        })
    }
}
