//! The desk: takes submissions in, prints slips, and answers how a case stands.
//!
//! It is the only worker that signs and the only one that writes submissions, so that a slip is never shown before its
//! submission is on disk.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use devices::bitmap::Bitmap;
use devices::receipt_printer::{PrintError, ReceiptPrinter};
use envelope::SlipCode;
use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use paper::Typeface;
use relief::{PersonName, SchemeId, SlipNumber, Stage, china_date};
use store::{AuditAction, AuditActor, Receipt, Store, UnixMs};
use zeroize::Zeroize;

use super::Identity;
use super::clock::{Clock, day_for_people, for_people};
use super::policy_in_force::PolicyInForce;
use super::reception::{Reception, TakenIn};
use super::visit_drafts::VisitDrafts;
use crate::flow::{
    Finished, GivenFor, Input, PaperFault, PaperOutcome, PaperPage, PrinterReport, ScanBytes,
    SlipInfo, StatusInfo, StatusOutcome, SubmitFault,
};
use crate::health::{Health, OF_PRINTER, printer_fault};
use crate::slip::{self, SlipContent, SlipSubject};
use crate::ui_thread::UiMessage;

/// What the desk is asked for.
pub enum DeskJob {
    /// Seal, store, and say the slip.
    Submit(Box<Finished>),
    /// Keep the files of a page that was read, and say that it was.
    KeepPage(Box<PaperPage>),
    /// The files of this page are not needed any more.
    DropScans(Arc<PaperPage>),
    /// Print the slip of this number.
    Print(String),
    /// Say of which case the slip is whose address was read.
    NameCase(String),
    /// Say how the case of this slip number stands.
    LookUp(String),
    /// Say how the case stands whose slip's address was read.
    LookUpAddress(String),
    /// The person has gone: forget the last slip.
    Forget,
    /// Keep the file at its present size, or lift that bound.
    Bound(bool),
}

/// How often the desk keeps house when nobody comes.
const TEND_EVERY: Duration = Duration::from_secs(60);

/// The worker.
pub(super) struct Desk {
    pub(super) identity: Identity,
    pub(super) policy: PolicyInForce,
    pub(super) typeface: Typeface,
    /// What a form's key is called on the slip.
    pub(super) form_titles: HashMap<String, String>,
    pub(super) printer: Box<dyn ReceiptPrinter + Send>,
    pub(super) health: Health,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) screen: SyncSender<UiMessage>,
    /// Called after each submission.
    pub(super) on_queued: Box<dyn Fn() + Send>,
    pub(super) reception: Reception,
    pub(super) drafts: VisitDrafts,
    /// The slip of the person who stands here; it alone carries their masked name.
    pub(super) last_slip: Option<(String, Bitmap)>,
}

impl Desk {
    /// Works until every sender is gone.
    pub(super) fn run(mut self, jobs: &Receiver<DeskJob>) {
        self.tend();
        loop {
            let job = match jobs.recv_timeout(TEND_EVERY) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.tend();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            match job {
                DeskJob::Submit(finished) => {
                    let said = match self.submit(&finished) {
                        Ok(slip) => Input::Submitted(slip),
                        Err(fault) => Input::SubmitFailed(fault),
                    };
                    self.say(said);
                }
                DeskJob::KeepPage(page) => {
                    let page = Arc::new(self.keep(*page));
                    self.say(Input::PhotoRead(PaperOutcome::Read(page)));
                }
                DeskJob::DropScans(page) => {
                    for scan in &page.scans {
                        if let ScanBytes::Kept(part) = scan.bytes {
                            self.drafts.give_up(part);
                        }
                    }
                }
                DeskJob::Print(number) => self.print(&number),
                DeskJob::NameCase(address) => {
                    let outcome = self.name_case(&address);
                    self.say(Input::PhotoRead(outcome));
                }
                DeskJob::LookUp(number) => {
                    let outcome = self.look_up(&number);
                    self.say(Input::StatusFound(outcome));
                }
                DeskJob::LookUpAddress(address) => {
                    let outcome = self.look_up_address(&address);
                    self.say(Input::StatusFound(outcome));
                }
                DeskJob::Forget => {
                    self.last_slip = None;
                    self.reception.forget();
                    self.drafts.end(&mut self.store, &mut UnwrapErr(SysRng));
                }
                DeskJob::Bound(bounded) => self.bound(bounded),
            }
        }
    }

    /// The page with its files in the kiosk's file, as far as that takes them.
    fn keep(&mut self, mut page: PaperPage) -> PaperPage {
        for scan in &mut page.scans {
            if let ScanBytes::Here(bytes) = &mut scan.bytes
                && let Some(part) = self
                    .drafts
                    .put(&mut self.store, bytes, &mut UnwrapErr(SysRng))
            {
                bytes.zeroize();
                scan.bytes = ScanBytes::Kept(part);
            }
        }
        page
    }

    /// Keeps house: room for the next application is taken again, what is beyond its time goes, new rules and a new day are
    /// taken up, and the printer is asked how it stands. What fails now is done the next time.
    fn tend(&mut self) {
        self.store.take_room();
        let retention = &self.policy.now().retention;
        let _ = self.store.prune(retention, self.clock.now().moment);
        if let Ok(Some(content)) = self.policy.renew(&self.store, today(&self.clock)) {
            // Without a screen nobody is there to be shown it.
            let _ = self.screen.send(UiMessage::Content(Arc::new(content)));
        }
        self.look_at_printer();
    }

    fn look_at_printer(&mut self) {
        let fault = printer_fault(&self.printer.status());
        self.health.found(OF_PRINTER, fault);
    }

    fn say(&self, input: Input) {
        // Without a screen nobody is there to be told.
        let _ = self.screen.send(UiMessage::Visit(input));
    }

    fn submit(&mut self, finished: &Finished) -> Result<SlipInfo, SubmitFault> {
        let TakenIn { receipt, qr } = self.reception.take_in(
            finished,
            &self.drafts,
            &mut self.store,
            &self.identity,
            self.clock.now(),
            &mut UnwrapErr(SysRng),
        )?;
        self.drafts.end(&mut self.store, &mut UnwrapErr(SysRng));
        (self.on_queued)();

        let (subject, given_for) = match finished {
            Finished::Application(draft) => {
                let codes = &self.policy.now().rules.codes;
                let subject = SlipSubject::Application {
                    scheme_title: self.scheme_title(draft.scheme),
                    applicant_masked: PersonName::parse(&draft.applicant.name)
                        .ok()
                        .map(|name| name.masked()),
                    receiving_unit: codes
                        .township(&draft.township)
                        .map(|township| township.name.clone()),
                };
                (subject, GivenFor::Application)
            }
            Finished::Handover(draft) => {
                let case = draft.case.map(|case| case.to_string());
                let subject = SlipSubject::Handover { case: case.clone() };
                (subject, GivenFor::Handover { case })
            }
        };
        let content = SlipContent {
            subject,
            pages: self.page_titles(finished.paper()),
            ..self.content_of(&receipt)
        };
        self.last_slip = slip::draw(&content, &self.typeface)
            .ok()
            .map(|slip| (receipt.slip_number.clone(), slip));
        Ok(SlipInfo {
            slip_number: receipt.slip_number,
            submitted: content.submitted,
            qr,
            given_for,
        })
    }

    /// Each form of `paper` once, with the number of its pages if there are several.
    fn page_titles(&self, paper: &[Arc<PaperPage>]) -> Vec<String> {
        let mut titles = Vec::new();
        for pages in paper.chunk_by(|one, next| one.form == next.form) {
            let title = pages
                .first()
                .and_then(|page| self.form_titles.get(&page.form));
            titles.extend(title.map(|title| match pages.len() {
                1 => title.clone(),
                count => format!("{title}{count}页"),
            }));
        }
        titles
    }

    /// What a slip says that is known of every submission, also of one whose person has gone.
    fn content_of(&self, receipt: &Receipt) -> SlipContent {
        let scheme = receipt.scheme.map(SchemeId);
        SlipContent {
            subject: match scheme {
                Some(scheme) => SlipSubject::Application {
                    scheme_title: self.scheme_title(scheme),
                    applicant_masked: None,
                    receiving_unit: None,
                },
                None => SlipSubject::Handover { case: None },
            },
            slip_number: receipt.slip_number.clone(),
            submitted: for_people(receipt.submitted),
            pages: Vec::new(),
            next_steps: match scheme {
                Some(scheme) => self
                    .policy
                    .now()
                    .next_steps(scheme, china_date(receipt.submitted.0)),
                None => vec!["材料已经存好，会自动送到县民政局。不用再交一次。".to_owned()],
            },
            hotline: self.policy.now().rules.local.hotline.clone(),
            url: receipt.slip_url.clone(),
        }
    }

    fn scheme_title(&self, scheme: SchemeId) -> String {
        self.policy
            .now()
            .rules
            .schemes
            .get(scheme)
            .map(|scheme| scheme.full_title.clone())
            .unwrap_or_default()
    }

    fn print(&mut self, number: &str) {
        self.say(Input::PrinterReport(PrinterReport::Printing));
        let kept = self
            .last_slip
            .as_ref()
            .filter(|(kept, _)| kept == number)
            .map(|(_, slip)| slip.clone());
        let slip = kept.or_else(|| {
            let receipt = self.store.receipt(number).ok().flatten()?;
            slip::draw(&self.content_of(&receipt), &self.typeface).ok()
        });
        let report = match slip.map(|slip| self.printer.print(&slip)) {
            Some(Ok(())) => {
                // The slip is out, whether or not the log can say so.
                let now = self.clock.now().moment;
                let (actor, action) = (AuditActor::Person, AuditAction::SlipPrinted);
                let _ = self.store.note(actor, action, number, now);
                PrinterReport::Printed
            }
            Some(Err(PrintError::PaperOut)) => PrinterReport::NoPaper,
            Some(Err(PrintError::CoverOpen)) => PrinterReport::CoverOpen,
            Some(Err(
                PrintError::Fault(_)
                | PrintError::NoAnswer
                | PrintError::TooWide { .. }
                | PrintError::Port(_),
            ))
            | None => PrinterReport::Failed,
        };
        self.say(Input::PrinterReport(report));
        self.look_at_printer();
    }

    fn look_up_address(&self, address: &str) -> StatusOutcome {
        let Ok(code) = SlipCode::parse(address) else {
            return StatusOutcome::Unknown;
        };
        match self.given(&code) {
            Some(receipt) => self.look_up(&receipt.slip_number),
            None => StatusOutcome::Unknown,
        }
    }

    /// The receipt of a slip that this kiosk gave.
    fn given(&self, code: &SlipCode) -> Option<Receipt> {
        let number = SlipNumber::new(code.county, code.kiosk, code.counter).ok()?;
        let receipt = self.store.receipt(&number.to_string()).ok().flatten()?;
        // What was printed is kept, so a slip holds good whichever of the kiosk's keys signed it.
        let printed = SlipCode::parse(&receipt.slip_url);
        (printed.as_ref() == Ok(code)).then_some(receipt)
    }

    /// The case of a slip, also of another kiosk's: that there is such a case, the county alone knows.
    fn name_case(&self, address: &str) -> PaperOutcome {
        let Ok(code) = SlipCode::parse(address) else {
            return PaperOutcome::Refused(PaperFault::NotOurForm);
        };
        if self
            .given(&code)
            .is_some_and(|receipt| receipt.scheme.is_none())
        {
            return PaperOutcome::Refused(PaperFault::HandoverSlip);
        }
        match SlipNumber::new(code.county, code.kiosk, code.counter) {
            Ok(number) => PaperOutcome::Slip(number),
            Err(_) => PaperOutcome::Refused(PaperFault::OtherCounty),
        }
    }

    fn look_up(&self, number: &str) -> StatusOutcome {
        let Ok(Some(receipt)) = self.store.receipt(number) else {
            return StatusOutcome::Unknown;
        };
        let stage = match &receipt.status {
            Some(status) => Stage::from_code(status.stage).map_or("办理中", Stage::title),
            None => match (receipt.scheme, receipt.delivered) {
                (Some(_), Some(_)) => Stage::Received.title(),
                (Some(_), None) => "已提交，正在送往县民政局",
                (None, Some(_)) => "材料已送到县民政局",
                (None, None) => "材料已存好，正在送往县民政局",
            },
        };
        let due = receipt
            .status
            .as_ref()
            .and_then(|status| status.due.as_deref());
        StatusOutcome::Found(StatusInfo {
            slip_number: receipt.slip_number.clone(),
            scheme: match receipt.scheme {
                Some(scheme) => self.scheme_title(SchemeId(scheme)),
                None => "纸质材料".to_owned(),
            },
            stage: stage.to_owned(),
            clock: due
                .and_then(day_for_people)
                .map(|day| format!("这一步最晚{day}办完。")),
            as_of: receipt
                .status
                .as_ref()
                .map(|status| for_people(status.as_of))
                .or_else(|| receipt.delivered.map(for_people)),
        })
    }

    fn bound(&mut self, bounded: bool) {
        let pages = if bounded {
            self.store.page_count().ok()
        } else {
            None
        };
        // A file that cannot be reached says so at the next submission, where a person can be told.
        let _ = self.store.set_page_limit(pages);
    }
}

/// The day of a wall time, for rules that hold from a date.
#[must_use]
pub fn today(clock: &Clock) -> chrono::NaiveDate {
    let UnixMs(now) = clock.wall();
    china_date(now)
}
