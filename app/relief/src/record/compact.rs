//! Shorter spellings of dates and codes, on the wire only. Records that spell them as text read the same.

use minicbor::data::Type;
use minicbor::decode::{self as de, Decoder};
use minicbor::encode::{self as en, Encoder, Write};

/// Whether the next item is text, as builds before the shorter spelling wrote it.
pub(crate) fn is_text(d: &Decoder<'_>) -> Result<bool, de::Error> {
    Ok(matches!(d.datatype()?, Type::String | Type::StringIndef))
}

/// A date as the days since 1970-01-01, or as the text `YYYY-MM-DD`.
///
/// Three bytes for every date from 1790 to 2149.
pub(crate) mod day {
    use chrono::NaiveDate;

    use super::{Decoder, Encoder, Write, de, en, is_text};

    pub(crate) fn encode<C, W: Write>(
        date: &NaiveDate,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), en::Error<W::Error>> {
        e.i32(date.to_epoch_days())?.ok()
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<NaiveDate, de::Error> {
        if is_text(d)? {
            NaiveDate::parse_from_str(d.str()?, "%Y-%m-%d").map_err(de::Error::message)
        } else {
            NaiveDate::from_epoch_days(d.i32()?)
                .ok_or_else(|| de::Error::message("day is beyond the calendar"))
        }
    }
}

/// A date that may be missing, as [`day`].
pub(crate) mod optional_day {
    use chrono::NaiveDate;

    use super::{Decoder, Encoder, Write, day, de, en};

    #[expect(clippy::ref_option, reason = "the derive passes the field itself")]
    pub(crate) fn encode<C, W: Write>(
        date: &Option<NaiveDate>,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), en::Error<W::Error>> {
        match date {
            Some(date) => day::encode(date, e, context),
            None => e.null()?.ok(),
        }
    }

    pub(crate) fn decode<C>(
        d: &mut Decoder<'_>,
        context: &mut C,
    ) -> Result<Option<NaiveDate>, de::Error> {
        if d.datatype()? == super::Type::Null {
            d.null()?;
            return Ok(None);
        }
        day::decode(d, context).map(Some)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the derive asks for this shape")]
    pub(crate) const fn nil() -> Option<Option<NaiveDate>> {
        Some(None)
    }

    #[expect(clippy::ref_option, reason = "the derive passes the field itself")]
    pub(crate) const fn is_nil(date: &Option<NaiveDate>) -> bool {
        date.is_none()
    }
}

/// A code as a number if it is one, without sign or leading zero, below 2³²; any other as text.
pub(crate) mod code {
    use super::{Decoder, Encoder, Write, de, en, is_text};

    pub(crate) fn encode<C, W: Write>(
        code: &str,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), en::Error<W::Error>> {
        match code.parse::<u32>() {
            Ok(number) if number.to_string() == code => e.u32(number)?.ok(),
            _ => e.str(code)?.ok(),
        }
    }

    pub(crate) fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<String, de::Error> {
        if is_text(d)? {
            d.str().map(str::to_owned)
        } else {
            d.u32().map(|number| number.to_string())
        }
    }
}
