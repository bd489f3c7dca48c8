//! What is wrong, as the flow knows it; the words are the views'.

use relief::{IdNumberError, NameError, PhoneError, SlipNumberError};

use super::input::{CardFault, PaperFault, SubmitFault};

/// Why a typed answer was not taken; shown beside it, and the person types on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    /// Not a name.
    Name(NameError),
    /// Not an identity number.
    IdNumber(IdNumberError),
    /// Another person of this application has this number.
    SameNumber,
    /// Not eight digits of a real day that has been.
    BirthDate,
    /// Nothing typed.
    AddressEmpty,
    /// More than an address or a text holds.
    TooLong {
        /// Characters typed.
        chars: usize,
        /// The most that fit.
        limit: usize,
    },
    /// Not a telephone number.
    Phone(PhoneError),
    /// Not a slip number.
    SlipNumber(SlipNumberError),
}

/// What lies over a page until it is dismissed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The person touched Home in the middle of an application.
    LeaveApplication,
    /// The card gave nothing.
    Card(CardFault),
    /// The card was read, and its number or name does not pass; the person may type instead.
    CardRefused(FieldFault),
    /// The name has characters that this screen and printer cannot show; they are kept.
    UnshownCharacters {
        /// How many of them.
        count: usize,
    },
    /// No more members fit.
    HouseholdFull {
        /// The most that fit.
        limit: usize,
    },
    /// The picture could not be read.
    Paper(PaperFault),
    /// A page is here already and the new one is another sheet: keep which?
    OtherSheet {
        /// The page, from 1.
        page: u8,
    },
    /// The page was printed for another case than those that are here.
    OtherCase,
    /// The disk has no room to finish an application, so none is begun.
    NoRoom,
    /// Nothing was stored; all answers are still there.
    Submit(SubmitFault),
    /// This kiosk has no submission of that number.
    UnknownSlip,
    /// No slip was seen under the camera.
    NoSlipSeen,
    /// The camera gave no picture of the slip.
    NoCamera,
}
