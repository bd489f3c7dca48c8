//! A county whose clock the test moves, with its pages on this machine and a kiosk that it knows.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use county::accounts::Office;
use county::{CaseId, Clock, County, CountyConfig, Said, UnixMs};
use envelope::{CountySecret, Kind, KioskId, KioskSigner, SlipCode, StatusToken};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use relief::household::{HouseholdEntered, HouseholdMember, SupportClass};
use relief::{
    Action, Actor, Application, Consent, ConsentKind, Details, EventId, Fact, Fen, IdNumber, Kept,
    KioskTime, NearRelative, Person, PersonEntry, PersonName, Place, ReasonCode, Role, SchemeId,
    SlipNumber, Words,
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::Done;
use crate::window::Window;

const COUNTY: u32 = 140_428;

/// The slip's counter.
const SLIP: u32 = 1;

/// 2026-11-23 10:05 in China, a Monday.
const NOW: UnixMs = UnixMs(1_795_399_500_000);

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What the invented officers sign in with.
pub(crate) const PASSWORD: &str = "invented-password";

/// An officer of the township, and one of the county.
pub(crate) const TOWNSHIP_OFFICER: &str = "王经办";
pub(crate) const COUNTY_OFFICER: &str = "李科员";

/// The township that the stories play in.
pub(crate) fn place() -> Place {
    Place {
        township: "140428101".to_owned(),
        village: "140428101201".to_owned(),
    }
}

#[derive(Clone)]
struct HandMoved(Arc<AtomicI64>);

impl Clock for HandMoved {
    fn now(&self) -> UnixMs {
        UnixMs(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct CountyOffice {
    pub(crate) county: County,
    base: String,
    kiosk: KioskSigner,
    clock: HandMoved,
    _dir: TempDir,
}

/// What has come from the kiosk.
pub(crate) struct Received {
    pub(crate) case: CaseId,
    /// The slip's number, as the staff's list shows it.
    pub(crate) number: String,
    /// The address in the slip's code.
    pub(crate) slip: String,
}

impl CountyOffice {
    /// Opens it on a Monday morning in November, with an officer of the township and one of the county.
    pub(crate) async fn open() -> Done<Self> {
        let dir = tempfile::tempdir()?;
        let clock = HandMoved(Arc::new(AtomicI64::new(NOW.0)));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let config = CountyConfig {
            county_code: COUNTY,
            bureau: "长子县民政局".to_owned(),
            data_dir: dir.path().to_owned(),
            postgres: None,
            bucket: None,
            rules_dir: None,
            vfs: None,
            public_url: base.clone(),
        };
        let county = County::open(config, secret(), clock.clone())?;
        let kiosk = KioskSigner::from_seed(KioskId(3), [3; 32]);
        county.enrol(&kiosk.public())?;
        let township = Office::Township {
            township: place().township,
        };
        for (name, office) in [
            (TOWNSHIP_OFFICER, township),
            (COUNTY_OFFICER, Office::County),
        ] {
            county.make_account(None, name, &office, PASSWORD, &[7; 16])?;
        }
        let served = county.clone();
        tokio::spawn(async move { served.serve_http(listener, std::future::pending()).await });
        Ok(Self {
            county,
            base,
            kiosk,
            clock,
            _dir: dir,
        })
    }

    pub(crate) fn now(&self) -> UnixMs {
        self.clock.now()
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.pass(days * DAY_MS);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) async fn sign_in(&self, window: &Window, name: &str) -> Done {
        window.sign_in(&self.base, name, PASSWORD).await
    }

    /// An invented applicant's record arrives, the only one.
    pub(crate) fn receive(&self, scheme: SchemeId) -> Done<Received> {
        let token = StatusToken([7; 16]);
        let mut record = application(scheme)?;
        record.status_token_hash = token.hash();
        let slip_number = record.slip_number;
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let sealed = envelope::seal(
            Kind::Record,
            &Kept::from(record).to_cbor()?,
            &self.kiosk,
            &secret().public(),
            &mut rng,
        )?;
        self.county
            .offer(sealed.hash, u32::try_from(sealed.bytes.len())?)?;
        let blocks = (0..).zip(sealed.bytes.chunks(link::BLOCK_LEN));
        self.county.add_blocks(sealed.hash, blocks)?;
        self.county.complete(sealed.hash)?;
        let submitted_s = u64::try_from(self.clock.now().0 / 1000 - 300)?;
        let code = SlipCode::issue(&self.kiosk, token, COUNTY, SLIP, submitted_s);
        let case = self.county.case_by_slip(slip_number)?;
        Ok(Received {
            case: case.ok_or("no case was opened")?.id,
            number: slip_number.to_string(),
            slip: self.url(&format!("/S/{}", code.to_payload())),
        })
    }

    /// An officer takes a step in a case, with a reason where one is asked for.
    pub(crate) fn act(
        &self,
        case: CaseId,
        role: Role,
        action: Action,
        details: Details,
        reason: &str,
    ) -> Done {
        let said = Said {
            details,
            ..Said::reason(reason)
        };
        let officer = actor(role);
        Ok(self
            .county
            .act_with(case, action, officer, said)
            .map(drop)?)
    }

    /// A household of the roster, in support since the month before.
    pub(crate) fn household(
        &self,
        class: SupportClass,
        members: &[(&str, &str)],
        yuan: i64,
    ) -> Done<EventId> {
        let member = |(name, number): &(&str, &str)| {
            let id_number = IdNumber::parse(number)?;
            let person = PersonEntry {
                id_number: Some(id_number),
                key: Some(self.county.person_key(&id_number)),
                ..PersonEntry::named(PersonName::parse(name)?)
            };
            Ok::<_, Box<dyn Error>>(HouseholdMember {
                person,
                disabled: false,
            })
        };
        self.state(Fact::HouseholdEntered(HouseholdEntered {
            place: place(),
            class,
            members: members.iter().map(member).collect::<Result<_, _>>()?,
            monthly: Fen(yuan * 100),
            from: "2026-10".parse()?,
            decided: "2026-09-20".parse()?,
            institution: Words::default(),
            slip: None,
            applied: None,
        }))
    }

    /// The county's officer states something in the registers.
    pub(crate) fn state(&self, fact: Fact) -> Done<EventId> {
        let officer = actor(Role::County);
        let reason = Words::parse("按程序办理")?;
        Ok(self.county.state(officer, reason, None, fact)?)
    }
}

fn actor(role: Role) -> Actor {
    let name = match role {
        Role::County => COUNTY_OFFICER,
        _ => TOWNSHIP_OFFICER,
    };
    Actor {
        role,
        name: name.to_owned(),
    }
}

fn secret() -> CountySecret {
    CountySecret::from_seed([9; 64])
}

fn application(scheme: SchemeId) -> Done<Application> {
    let id_number = IdNumber::parse("140428188001010013")?;
    Ok(Application {
        submission_id: [1; 16],
        slip_number: SlipNumber::new(COUNTY, 3, SLIP)?,
        scheme,
        card_edition: "test".to_owned(),
        submitted: KioskTime {
            boot_id: 7,
            tick_ms: 60_000,
            wall_ms: NOW.0 - 300_000,
            county_ms: None,
            county_tick_ms: None,
        }
        .into(),
        township: place().township,
        applicant: Person {
            name: PersonName::parse("张三丰")?,
            sex: id_number.sex(),
            nation_code: Some(1),
            birth: id_number.birth(),
            address: "山西省长子县某村1号".to_owned(),
            id_number: Some(id_number),
            no_number_reason: None,
            phone: None,
            from_card: true,
        }
        .into(),
        household: Vec::new(),
        reasons: vec![ReasonCode(1)],
        reason_text: "腿摔断了，种不了地。".to_owned(),
        near_relative: NearRelative::None,
        consents: vec![Kept::from(Consent {
            kind: ConsentKind::AUTHORISATION,
            text_edition: "1".to_owned(),
            shown_tick_ms: 30_000,
        })],
        attachments: Vec::new(),
        page_answers: Vec::new(),
        status_token_hash: [0; 32],
        pages: Vec::new(),
    })
}
