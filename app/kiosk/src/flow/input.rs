//! What reaches a visit from outside, and what it asks of the appliance.

use std::{fmt, sync::Arc};

use relief::SlipNumber;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::draft::{BadPhoto, Finished, PaperPage};
use super::routes_report::RoutesReport;

/// One thing that happened, told to [`Visit::handle`](super::Visit::handle).
#[derive(Debug, Clone)]
pub enum Input {
    /// The person touched the screen.
    Touch(Touch),
    /// A card on the reader was read in full.
    CardRead(IdCardData),
    /// A card lies on the reader and could not be read.
    CardFailed(CardFault),
    /// The camera's picture was taken and judged.
    PhotoRead(PaperOutcome),
    /// How far the device is with a page that takes it long.
    Scanning(ScanProgress),
    /// What the camera sees while the tray is watched.
    Tray(TrayReport),
    /// The submission, its receipt and its outbox rows are on disk.
    Submitted(SlipInfo),
    /// Nothing was stored; the draft is still whole.
    SubmitFailed(SubmitFault),
    /// What the receipt printer did with the slip.
    PrinterReport(PrinterReport),
    /// How the outbox and the line stand; sent whenever either changes.
    LineReport(LineReport),
    /// How each route stands and what waits; sent whenever that changes.
    RoutesReport(Arc<RoutesReport>),
    /// The answer to [`Effect::LookUpStatus`].
    StatusFound(StatusOutcome),
    /// Time passed and nothing else happened.
    Tick,
}

/// One touch, named by what it means on the page that is shown.
///
/// A touch that means nothing on the current page changes nothing, so a late one is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touch {
    /// Back to the first page; everything typed is wiped.
    Home,
    /// The page before this one; answers are kept.
    Back,
    /// The page's main button: next step, done, submit.
    Next,
    /// Home: begin an application.
    Apply,
    /// Home: read the explainer cards.
    Cards,
    /// Home: look up how a case stands.
    Status,
    /// Home: how the routes to the county stand, for staff.
    Routes,
    /// Home: hand papers in without an application, for staff.
    HandIn,
    /// The n-th choice of the page, counted over all its sheets from 0.
    Choose(usize),
    /// Turns a long page to its next sheet.
    SheetForward,
    /// Turns a long page to its previous sheet.
    SheetBack,
    /// Card reader: the n-th tab.
    Section(usize),
    /// Type the answers by hand instead of laying a card on the reader, or the case's number instead of laying its slip down.
    TypeByHand,
    /// Review pages: change the n-th line.
    Edit(usize),
    /// Household: add a member.
    AddMember,
    /// Household: take the n-th member out.
    RemoveMember(usize),
    /// The question has no answer: no number, no telephone.
    NoneOfThese,
    /// Consents: tick or untick the n-th text.
    Tick(usize),
    /// Paper: take the picture. Status: read the slip under the camera.
    TakePhoto,
    /// Paper: give up the picture that is being taken.
    StopPhoto,
    /// Paper: hand the pages that are missing in later.
    PaperLater,
    /// Paper: show the n-th form of which a page is here, counted from 0.
    ShowForm(usize),
    /// Paper: show the n-th page of the form that is shown, counted from 0.
    ShowPage(usize),
    /// Paper: take the page that is shown out, to lay another one down.
    DropPage,
    /// Slip: print it once more.
    PrintAgain,
    /// Close the notice that lies over the page; also "I am still here".
    Dismiss,
    /// Keyboard: this text, typed on the screen or on a real keyboard.
    Type(Typed),
    /// Keyboard: take the last character away.
    Erase,
    /// Keyboard: take everything away.
    EraseAll,
    /// Keyboard: the n-th candidate of the sheet of candidates that is shown.
    Candidate(usize),
    /// Keyboard: the next sheet of candidates.
    CandidatesForward,
    /// Keyboard: the previous sheet of candidates.
    CandidatesBack,
}

/// Text from a keyboard; it may be part of a name, so it is never written to a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(pub String);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(hidden)")
    }
}

/// The text of an identity card, as its reader delivers it, before any check.
#[derive(Clone, PartialEq, Eq, Default, Zeroize, ZeroizeOnDrop)]
pub struct IdCardData {
    /// Name, without padding.
    pub name: String,
    /// GB/T 2261.1: 1 male, 2 female.
    pub sex_code: u8,
    /// GB/T 3304: 1 Han … 56 Jino.
    pub nation_code: u8,
    /// `YYYYMMDD`.
    pub birth: String,
    /// Address, without padding.
    pub address: String,
    /// The 18 characters of the number.
    pub id_number: String,
}

impl fmt::Debug for IdCardData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdCardData(hidden)")
    }
}

/// Why a card on the reader gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardFault {
    /// It was lifted too early or reads badly: lay it down again.
    Unreadable,
    /// Not a resident identity card that this reader understands.
    OtherCard,
    /// The reader does not answer.
    NoReader,
}

/// What the camera's picture was.
#[derive(Debug, Clone)]
pub enum PaperOutcome {
    /// A page of ours, read.
    Read(Arc<PaperPage>),
    /// The slip of an application, with this number.
    Slip(SlipNumber),
    /// Not usable; the person is told what to change.
    Refused(PaperFault),
    /// A photo that could not be read; the person is shown where it is wrong.
    Bad(Arc<BadPhoto>),
}

/// How far a device is with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanProgress {
    /// It makes itself ready.
    WarmingUp,
    /// A file is being waited for.
    Waiting,
    /// The page is being taken; how much of it is here, 0 to 100, where the device tells.
    Scanning(Option<u8>),
}

/// What the camera sees while the tray is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayReport {
    /// The photo is taken after this is mended.
    Wants(TrayWant),
    /// A photo is being taken and read.
    Taking,
    /// The camera shows no preview, so the person takes the photo.
    Blind,
}

/// What has to happen before a photo is taken by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrayWant {
    /// A page of ours.
    Page,
    /// The next page, or this one moved.
    NextPage,
    /// All corners of the page.
    Corners,
    /// The page in the middle.
    Middle,
    /// The hand away.
    HandAway,
    /// Nothing moving, or only a moment more.
    Still,
    /// More light.
    Light,
    /// A sharper picture.
    Focus,
    /// The page nearer.
    Nearer,
}

/// Why a picture could not be read as one of our pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperFault {
    /// What lies under the camera is no page of ours.
    NotOurForm,
    /// The page's square code is hidden, folded or blurred.
    CodeUnreadable,
    /// Not all four corners of the page are in the picture.
    CornersHidden,
    /// Out of focus or shaken.
    Blurred,
    /// Too little light.
    TooDark,
    /// The page fills too little of the picture.
    TooFar,
    /// A page of ours, but of another form than this scheme needs.
    OtherForm,
    /// An office's page among those of a case, or the other way about.
    Apart,
    /// More pages than go into one submission.
    TooMany,
    /// The number on it is of another county, or none.
    OtherCounty,
    /// The slip of papers that were handed in, where that of an application is needed.
    HandoverSlip,
    /// The right form in an edition that is no longer, or not yet, taken.
    OtherEdition,
    /// Nothing lies under the camera.
    NothingThere,
    /// The camera gave no picture: a cable was pulled, power is off.
    NoCamera,
    /// The scanner on the network does not answer.
    NoNetwork,
    /// A sheet is stuck.
    Jammed,
    /// The feeder took no sheet, or two.
    Mispicked,
    /// A cover stands open.
    CoverOpen,
    /// Another program or person uses the device.
    Busy,
    /// The device failed, and may do better the next time.
    DeviceFailed,
    /// The device is not as the settings say.
    DeviceUnfit,
    /// The person gave it up.
    Stopped,
}

/// A stored submission, as the slip screen needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipInfo {
    /// As printed: `140428-003-000017-C`.
    pub slip_number: String,
    /// The kiosk's time of submission for people: `2026年11月23日 10:05`.
    pub submitted: String,
    /// The square code that is also on the paper slip.
    pub qr: QrModules,
    /// What it was given for.
    pub given_for: GivenFor,
}

/// What a slip is given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenFor {
    /// An application.
    Application,
    /// Papers without one.
    Handover {
        /// The case that they belong to, as printed; `None` for an office's.
        case: Option<String>,
    },
}

/// A square code's modules, without quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrModules {
    /// Modules along one side.
    pub side: usize,
    /// Row by row, `side * side` long; true is dark.
    pub dark: Vec<bool>,
}

/// Why nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitFault {
    /// The kiosk's disk is full; staff must be called.
    DiskFull,
    /// The kiosk's file cannot be written for another reason.
    StoreBroken,
    /// An answer does not pass the record's rules; the person reviews again.
    Rejected,
}

/// What the receipt printer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterReport {
    /// Paper is moving.
    Printing,
    /// The slip is out and cut.
    Printed,
    /// There is no paper.
    NoPaper,
    /// The cover is open.
    CoverOpen,
    /// It does not answer, or reports a fault.
    Failed,
}

/// How the outbox, the disk and the line stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineReport {
    /// Submissions that the county has not acknowledged.
    pub waiting: u32,
    /// Objects that the county refuses; staff have to look.
    pub refused: u32,
    /// The disk has no room to finish another application, so none is begun.
    pub disk_full: bool,
    /// The county answers at present.
    pub connected: bool,
}

/// Which case a person asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusQuery {
    /// The slip number as typed; its check digit holds.
    SlipNumber(String),
    /// The slip lies under the camera.
    SlipUnderCamera,
}

/// The answer to a [`StatusQuery`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusOutcome {
    /// This kiosk knows the slip.
    Found(StatusInfo),
    /// The number is well formed, and no submission of this kiosk carries it.
    Unknown,
    /// No slip was found under the camera.
    NoSlipSeen,
    /// The camera gave no picture.
    NoCamera,
}

/// How a case stands; no name, amount or illness is ever here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusInfo {
    /// As printed.
    pub slip_number: String,
    /// The scheme's title.
    pub scheme: String,
    /// The stage in plain words; `已提交，等待送达县民政局` while it is still here.
    pub stage: String,
    /// The running clock in one sentence, with its last day, if one runs.
    pub clock: Option<String>,
    /// When the county said so, for people; `None` while it never did.
    pub as_of: Option<String>,
}

/// What a visit asks of the appliance, in order.
#[derive(Debug)]
pub enum Effect {
    /// Poll the card reader from now on, or stop.
    WatchIdReader(bool),
    /// Look at the tray and take the picture when the page lies well, or stop.
    WatchTray(bool),
    /// Take one picture of the signed page and judge it.
    TakePhoto,
    /// Give up the picture that is being taken; it is answered with [`PaperFault::Stopped`].
    StopPhoto,
    /// The files of a page that is not used are not needed any more.
    DropScans(Arc<PaperPage>),
    /// Seal and store; answer with `Submitted` or `SubmitFailed`.
    Submit(Box<Finished>),
    /// Print the slip of this number; answer with `PrinterReport`.
    PrintSlip(String),
    /// Answer with `StatusFound`.
    LookUpStatus(StatusQuery),
    /// The person has gone: forget pictures, cards and print buffers.
    Wipe,
}
