//! The screen thread: one visit on one display, asleep until something happens.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender},
    },
    time::{Duration, Instant},
};

use crate::{
    display::{Display, DisplayError, FrameUpdate, Pointer, Size, Snapshot},
    flow::{Effect, FlowContent, Input, Touch, Typed, Visit},
    screen::Screen,
    views,
};

/// What wakes the screen thread.
#[derive(Debug)]
pub enum UiMessage {
    /// A finger on the panel.
    Pointer(Pointer),
    /// Something happened to the visit.
    Visit(Input),
    /// What visits offer from now on; one that has begun ends as it began.
    Content(Arc<FlowContent>),
    /// Text from a real keyboard; `\u{8}` erases, `\r` is the main button.
    Key(String),
    /// Send back the whole picture as it is now.
    Snapshot(SyncSender<Snapshot>),
    /// Touch the control with this label.
    #[cfg(feature = "drive")]
    Press(String, SyncSender<Result<(), crate::drive::PressError>>),
    /// Send back every label on the page.
    #[cfg(feature = "drive")]
    Labels(SyncSender<Vec<String>>),
    /// Send back where this control or text is, as soon as it is on the page.
    #[cfg(feature = "drive")]
    Await(crate::drive::Wanted, SyncSender<crate::drive::Control>),
    /// End the thread.
    Stop,
}

/// A visit on a display: what the thread runs, and what a test moves by hand.
pub struct Kiosk {
    display: Display,
    screen: Screen,
    visit: Visit,
    touched: Rc<RefCell<VecDeque<Touch>>>,
    /// Who waits for what to come on the page.
    #[cfg(feature = "drive")]
    awaited: Vec<(crate::drive::Wanted, SyncSender<crate::drive::Control>)>,
}

impl Kiosk {
    /// Makes the calling thread a screen thread that shows the first page.
    ///
    /// # Errors
    ///
    /// [`DisplayError`] when the thread already has a display or the screen cannot be built.
    pub fn open(
        size: Size,
        content: Arc<FlowContent>,
        now: Duration,
    ) -> Result<Self, DisplayError> {
        let display = Display::install(size)?;
        display.set_time(now);
        let touched = Rc::new(RefCell::new(VecDeque::new()));
        let mut screen = Screen::open({
            let touched = touched.clone();
            move |touch| touched.borrow_mut().push_back(touch)
        })?;
        let visit = Visit::new(content, millis(now));
        screen.show(views::view(&visit));
        Ok(Self {
            display,
            screen,
            visit,
            touched,
            #[cfg(feature = "drive")]
            awaited: Vec::new(),
        })
    }

    /// Takes one message at `now`; what is to be done follows in order.
    ///
    /// [`UiMessage::Stop`] does nothing here.
    pub fn handle(
        &mut self,
        message: UiMessage,
        now: Duration,
        mut on_frame: impl FnMut(FrameUpdate<'_>),
    ) -> Vec<Effect> {
        self.display.set_time(now);
        let mut effects = Vec::new();
        match message {
            UiMessage::Pointer(pointer) => self.display.pointer(pointer),
            UiMessage::Visit(input) => effects.extend(self.visit.handle(input, millis(now))),
            UiMessage::Content(content) => {
                effects.extend(self.visit.renew(content, millis(now)));
            }
            UiMessage::Key(text) => {
                let touch = match text.as_str() {
                    "\u{8}" => Touch::Erase,
                    "\r" | "\n" => Touch::Next,
                    _ => Touch::Type(Typed(text)),
                };
                self.touched.borrow_mut().push_back(touch);
            }
            UiMessage::Snapshot(reply) => {
                self.display.paint(&mut on_frame);
                // Whoever asked may have gone; nobody else wants the picture.
                let _ = reply.send(self.display.snapshot());
            }
            #[cfg(feature = "drive")]
            UiMessage::Press(label, reply) => {
                let pressed = crate::drive::press(&self.screen, &label);
                effects.extend(self.take_touches(now));
                let _ = reply.send(pressed);
            }
            #[cfg(feature = "drive")]
            UiMessage::Labels(reply) => {
                let _ = reply.send(crate::drive::labels(&self.screen));
            }
            #[cfg(feature = "drive")]
            UiMessage::Await(wanted, reply) => self.awaited.push((wanted, reply)),
            UiMessage::Stop => {}
        }
        effects.extend(self.take_touches(now));
        self.screen.show(views::view(&self.visit));
        self.display.paint(on_frame);
        #[cfg(feature = "drive")]
        self.awaited.retain(
            |(wanted, reply)| match crate::drive::find(&self.screen, wanted) {
                // Whoever waited may have given up; either way nobody waits any more.
                Some(found) => {
                    let _ = reply.send(found);
                    false
                }
                None => true,
            },
        );
        effects
    }

    /// How long nothing needs to be done; `None` until something happens.
    #[must_use]
    pub fn idle_for(&self, now: Duration) -> Option<Duration> {
        let deadline = self.visit.deadline_ms().map(Duration::from_millis);
        let wake = deadline.map(|deadline| deadline.saturating_sub(now));
        [wake, self.display.idle_for()].into_iter().flatten().min()
    }

    /// The visit.
    #[must_use]
    pub const fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The screen.
    #[must_use]
    pub const fn screen(&self) -> &Screen {
        &self.screen
    }

    fn take_touches(&mut self, now: Duration) -> Vec<Effect> {
        let mut effects = Vec::new();
        loop {
            // The borrow ends before the visit runs, so a touch may be pushed meanwhile.
            let next = self.touched.borrow_mut().pop_front();
            let Some(touch) = next else { return effects };
            effects.extend(self.visit.handle(Input::Touch(touch), millis(now)));
            self.screen.show(views::view(&self.visit));
        }
    }
}

/// Runs the screen until [`UiMessage::Stop`] or until every sender is gone.
///
/// `started` is the zero of the visit's milliseconds; the appliance counts its ticks from the same
/// instant. `on_effect` and `on_frame` are called on this thread and must not wait.
///
/// # Errors
///
/// [`DisplayError`] when the thread already has a display or the screen cannot be built.
pub fn run(
    size: Size,
    content: Arc<FlowContent>,
    started: Instant,
    inputs: &Receiver<UiMessage>,
    mut on_effect: impl FnMut(Effect),
    mut on_frame: impl FnMut(FrameUpdate<'_>),
) -> Result<(), DisplayError> {
    let mut kiosk = Kiosk::open(size, content, started.elapsed())?;
    let mut message = UiMessage::Visit(Input::Tick);
    loop {
        if matches!(message, UiMessage::Stop) {
            return Ok(());
        }
        for effect in kiosk.handle(message, started.elapsed(), &mut on_frame) {
            on_effect(effect);
        }
        message = match kiosk.idle_for(started.elapsed()) {
            Some(sleep) => match inputs.recv_timeout(sleep) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => UiMessage::Visit(Input::Tick),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            },
            None => match inputs.recv() {
                Ok(message) => message,
                Err(_) => return Ok(()),
            },
        };
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
