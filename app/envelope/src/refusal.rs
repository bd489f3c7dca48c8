use minicbor::{Decoder, Encoder, decode, encode};

use crate::object::OpenError;

/// Why the county does not take an object, as far as those who look after the kiosk can do something about it.
/// Numbers are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RefusalReason {
    /// Anything else, or a reason that this build does not know.
    Other = 0,
    /// The county has not taken the kiosk in, or not with this key: give it the kiosk's public key.
    UnknownKiosk = 1,
    /// The county revoked the kiosk's key: give the kiosk a new one.
    RevokedKey = 2,
    /// Damaged on the way or forged: what the kiosk keeps may be damaged too.
    Damaged = 3,
    /// It is for another county: look at the county's key and code in the kiosk's settings.
    WrongCounty = 4,
    /// The kiosk signed for what does not open or is no record: its program or its file is at fault.
    NotARecord = 5,
}

impl RefusalReason {
    /// The reason with this number; one of a later build is [`Other`](Self::Other).
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::UnknownKiosk,
            2 => Self::RevokedKey,
            3 => Self::Damaged,
            4 => Self::WrongCounty,
            5 => Self::NotARecord,
            _ => Self::Other,
        }
    }
}

impl From<OpenError> for RefusalReason {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UnknownKiosk { .. } => Self::UnknownKiosk,
            OpenError::RevokedKey { .. } => Self::RevokedKey,
            OpenError::Short { .. } | OpenError::Signature { .. } => Self::Damaged,
            OpenError::CountyKey { .. } => Self::WrongCounty,
            OpenError::Seal { .. } | OpenError::Unpack(_) => Self::NotARecord,
            OpenError::Header(_) | OpenError::TooLong { .. } => Self::Other,
        }
    }
}

impl<C> minicbor::Encode<C> for RefusalReason {
    fn encode<W: encode::Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        encoder.u8(*self as u8)?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for RefusalReason {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        decoder.u8().map(Self::from_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_pinned_and_a_later_one_is_another_reason() {
        let reasons = [
            RefusalReason::Other,
            RefusalReason::UnknownKiosk,
            RefusalReason::RevokedKey,
            RefusalReason::Damaged,
            RefusalReason::WrongCounty,
            RefusalReason::NotARecord,
        ];
        for (number, reason) in (0..).zip(reasons) {
            assert_eq!(reason as u8, number);
            assert_eq!(RefusalReason::from_number(number), reason);
        }
        for number in 6..=255 {
            assert_eq!(RefusalReason::from_number(number), RefusalReason::Other);
        }
    }
}
