//! The domain of social relief: schemes, dated rules, working days, clocks, case life, cards, records.
//!
//! Everything here is pure: no file, no socket, no clock. Text comes in as `&str`, dates as arguments.
//! The national defaults are compiled in by [`builtin`]; a county overrides them by passing its own text
//! to the same parse functions.
//!
//! One English word stands for each term of the trade:
//!
//! | Code | Term |
//! |---|---|
//! | scheme | 救助类别 |
//! | case | 个案 |
//! | submission | 提交 |
//! | handover | 交材料：papers handed in without an application |
//! | acceptance | 受理 |
//! | survey | 家庭经济状况调查 |
//! | first opinion | 初审 |
//! | public notice | 公示 |
//! | confirmation | 确认 |
//! | ending | 终止：of a support, posted before |
//! | self-care | 生活自理能力 |
//! | near relative | 近亲属 |
//! | clock | 时限 |
//! | deadline | 期限届满日：a clock, once its starting event has happened |
//! | duty | 定期任务：due by the calendar |
//! | slip | 回执 |
//! | register | 备案台账 |
//! | filing | 备案：one row of the near-relative register |
//! | roster | 保障对象花名册 |
//! | lead | 投诉举报线索 |
//! | rectification | 整改 |
//! | special group | 特殊人群 |
//!
//! Types that hold personal data write only their kind in `Debug`, so that no log line can carry a name.

pub mod builtin;
pub mod calendar;
pub mod card;
pub mod case;
pub mod check;
pub mod clock;
mod clock_file;
pub mod codes;
pub mod corrected_time;
pub mod county_event;
pub mod deadline;
mod digits;
pub mod duty;
pub mod ending;
pub mod event;
pub mod fen;
pub mod hotline;
pub mod household;
pub mod id_number;
mod in_force;
pub mod issuing;
pub mod kept;
pub mod lead;
pub mod lists;
pub mod local;
pub mod month;
pub mod monthly_report;
pub mod name;
pub mod near_relative;
pub mod payment;
pub mod person_entry;
pub mod phone;
pub mod punctuality;
pub mod record;
pub mod rectification;
pub mod registers;
pub mod report_calendar;
pub mod rulebook;
pub mod rules;
pub mod scheme;
pub mod self_care;
pub mod settings;
pub mod sheet;
pub mod slip_number;
pub mod special_group;
pub mod stage;
pub mod table;
pub mod transition;
pub mod words;

pub use calendar::{
    Calendar, CalendarError, DayKind, DueDate, Pause, RestDay, china_date, china_time,
};
pub use card::{Card, CardError, Entry};
pub use case::{ClockView, DaysLeft, answered_steps, running_clocks};
pub use clock::{Clock, Condition, Confidence, Due, Limit, NoLimit, SetBy, Start, Step, Subject};
pub use codes::{
    Codes, CodesError, ExtensionGround, GroundCode, NearRelativeKind, NoNumberReason, ReasonCode,
    RelationCode, Township, Village,
};
pub use corrected_time::{CorrectedTime, Exchange, TimeBasis, Timeline};
pub use county_event::{CountyEvent, EventId, Evidence, Fact, FactError, Log, Place, Source};
pub use deadline::{Cause, Deadline};
pub use duty::{Duties, DutiesError, Duty, DutyDate, DutyKind};
pub use ending::Ending;
pub use event::{
    Action, Actor, AppealWay, CaseEvent, DeliveryWay, Details, DetailsError, Notice, Role,
};
pub use fen::{Fen, FenError};
pub use id_number::{IdNumber, IdNumberError, Sex};
pub use issuing::papers_awaited_since;
pub use kept::{Kept, Numbered};
pub use lists::{FocusItem, ListCode, ListName, Lists, ListsError};
pub use local::{Local, LocalError};
pub use month::{Month, MonthError};
pub use name::{NameError, PersonName};
pub use person_entry::{PersonEntry, PersonKey};
pub use phone::{Phone, PhoneError};
pub use punctuality::Punctuality;
pub use record::{
    Application, Attachment, AttachmentKind, BoxState, Consent, ConsentKind, FaultCode, HEARD_MAX,
    Handover, KioskCondition, KioskTime, Member, NearRelative, PageAnswer, PageBoxes, Person,
    RecordError,
};
pub use registers::Registers;
pub use rulebook::{Rulebook, RulebookError};
pub use rules::{Rules, RulesError};
pub use scheme::{PublicNotice, Scheme, SchemeId, Schemes, SchemesError};
pub use self_care::{SelfCare, SelfCareGrade, SelfCareItem};
pub use settings::{Setting, SettingKey, Settings, SettingsError};
pub use sheet::{CellFault, SheetError};
pub use slip_number::{SlipNumber, SlipNumberError};
pub use stage::Stage;
pub use table::{TableDefinitions, TablesError};
pub use transition::{CaseFacts, Extension, Inquiry, Refusal, TransitionRefused};
pub use words::{Words, WordsError};
