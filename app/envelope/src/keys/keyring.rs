use super::{CountySecret, KeyId};

/// All secrets of a county: the one that kiosks are to seal to, and former ones, which still open what was sealed
/// to them and sign for kiosks that have not learnt the current one.
#[derive(Debug)]
pub struct CountyKeyring {
    current: CountySecret,
    former: Vec<CountySecret>,
}

impl CountyKeyring {
    /// A keyring; `former` in any order.
    #[must_use]
    pub const fn new(current: CountySecret, former: Vec<CountySecret>) -> Self {
        Self { current, former }
    }

    /// The secret whose public half kiosks are to seal to.
    #[must_use]
    pub const fn current(&self) -> &CountySecret {
        &self.current
    }

    /// The secret with this key id; `None` if the county has none such.
    #[must_use]
    pub fn find(&self, key: KeyId) -> Option<&CountySecret> {
        std::iter::once(&self.current)
            .chain(&self.former)
            .find(|secret| secret.key_id() == key)
    }
}

impl From<CountySecret> for CountyKeyring {
    /// The keyring of a county that never changed its keys.
    fn from(current: CountySecret) -> Self {
        Self::new(current, Vec::new())
    }
}
