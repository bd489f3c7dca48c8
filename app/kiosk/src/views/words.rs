//! Faults and notices in plain words: what is wrong, and what to do.

use relief::{IdNumberError, NameError, PhoneError, SlipNumberError};

use crate::flow::{
    CardFault, FieldFault, Notice, PaperFault, PhotoFault, ScanProgress, SubmitFault, TrayWant,
};

pub(super) fn field_fault(fault: FieldFault) -> String {
    match fault {
        FieldFault::Name(error) => match error {
            NameError::Empty => "还没有写名字。请先按拼音，再选字。".to_owned(),
            NameError::TooLong { chars, limit } => {
                format!("名字太长：写了{chars}个字，最多{limit}个字。请删掉多余的字。")
            }
            NameError::Unprintable { place } => {
                format!("第{place}个字显示不出来。请删掉它，重新写。")
            }
        },
        FieldFault::IdNumber(error) => match error {
            IdNumberError::Empty => "还没有输入号码。没有号码，请按“没有号码”。".to_owned(),
            IdNumberError::Length { got } => {
                format!("输入了{got}位，身份证号是18位。请对照身份证检查。")
            }
            IdNumberError::NotADigit { place } => {
                format!("第{place}位不对：只有最后一位可以是X。请对照身份证检查。")
            }
            IdNumberError::BirthDate => {
                "号码里的出生日期不对（第7位到第14位）。请对照身份证检查。".to_owned()
            }
            IdNumberError::CheckDigit => {
                "号码里有数字按错了。请对照身份证，一位一位检查。".to_owned()
            }
        },
        FieldFault::SameNumber => "这个号码已经填过了。每个人的号码不一样，请检查。".to_owned(),
        FieldFault::BirthDate => {
            "日期不对。请按8位数字：年4位、月2位、日2位，例如19500102。".to_owned()
        }
        FieldFault::AddressEmpty => "还没有写住址。请写到村、组或门牌号。".to_owned(),
        FieldFault::TooLong { chars, limit } => {
            format!("写了{chars}个字，最多{limit}个字。请删短一些。")
        }
        FieldFault::Phone(error) => match error {
            PhoneError::Empty => "还没有输入电话。没有电话，请按“没有电话”。".to_owned(),
            PhoneError::NotADigit { place } => format!("第{place}位不是数字。请检查。"),
            PhoneError::MobileLength { got } => {
                format!("手机号是11位，输入了{got}位。请检查。")
            }
            PhoneError::NoAreaCode => "固定电话前面要加区号，例如0355。".to_owned(),
            PhoneError::FixedLength { got } => {
                format!("固定电话加区号是10到12位，输入了{got}位。请检查。")
            }
            PhoneError::Unknown => "这不像电话号码。手机号11位，固定电话先按区号。".to_owned(),
        },
        FieldFault::SlipNumber(error) => match error {
            SlipNumberError::Length { got } => {
                format!("编号是16位数字，输入了{got}位。请对照回执检查。")
            }
            SlipNumberError::NotADigit { .. }
            | SlipNumberError::CheckDigit
            | SlipNumberError::OutOfRange { .. } => {
                "编号里有数字按错了。请对照回执，一位一位检查。".to_owned()
            }
        },
    }
}

/// What happened, and what to do.
pub(super) fn notice(notice: &Notice) -> (String, String) {
    let (title, body) = match notice {
        Notice::LeaveApplication => (
            "要离开吗？",
            "还没有提交。现在离开，刚才填的都会清除。".to_owned(),
        ),
        Notice::Card(fault) => (
            "身份证没有读出来",
            match fault {
                CardFault::Unreadable => "请把身份证拿起来，重新平放在读卡处，等一会儿再拿走。",
                CardFault::OtherCard => {
                    "这不是居民身份证，或者这台机器认不出。请换身份证，或按“手工输入”。"
                }
                CardFault::NoReader => "读卡的机器没有反应。请按“手工输入”，或叫工作人员。",
            }
            .to_owned(),
        ),
        Notice::CardRefused(fault) => (
            "身份证上的内容不能用",
            match fault {
                FieldFault::SameNumber => {
                    "这个号码已经填在家人里了。请先去掉那位家人，或换一张身份证。".to_owned()
                }
                _ => "读出来的内容不完整。请重新放一次；还不行，按“手工输入”，或到人工窗口办。"
                    .to_owned(),
            },
        ),
        Notice::UnshownCharacters { count } => (
            "名字里有少见的字",
            format!(
                "有{count}个字，这个屏幕显示不出来，画成“□”。名字已经原样记下，不会丢；到窗口由工作人员打印。"
            ),
        ),
        Notice::HouseholdFull { limit } => (
            "家庭成员写满了",
            format!("这里最多写{limit}位家人。还有的，请到人工窗口补写。"),
        ),
        Notice::Paper(fault) => (
            "这张纸没有收下",
            match fault {
                PaperFault::NothingThere => {
                    "镜头下面没有纸。请放上去，有方块码的一面朝上，再拍一次。"
                }
                PaperFault::NotOurForm => {
                    "镜头下面的不是我们的表格。请放上印有方块码的表格，有方块码的一面朝上，再拍一次。"
                }
                PaperFault::CodeUnreadable => {
                    "纸上的方块码看不清。请把纸放平，不要折、不要挡住方块码，再拍一次。"
                }
                PaperFault::CornersHidden => {
                    "纸的四个角没有都拍到。请把纸往中间放，手拿开，再拍一次。"
                }
                PaperFault::Blurred => "照片不清楚。请把纸放稳，等纸不动了再拍一次。",
                PaperFault::TooDark => "光线太暗。请打开灯，或不要挡住光，再拍一次。",
                PaperFault::TooFar => "纸在照片里太小。请把纸放到镜头正下面，再拍一次。",
                PaperFault::OtherEdition => {
                    "这张表格不是现在用的版本。请到窗口换一张新的，以后再交。"
                }
                PaperFault::OtherForm => {
                    "这不是这一项救助的申请书。请换成对应的申请书，或者以后再交。"
                }
                PaperFault::Apart => {
                    "单位的报表和申请材料要分开交。请先交完这一种，回到首页，按“交纸质材料”再交另一种。"
                }
                PaperFault::TooMany => {
                    "一次交的页数满了。请先交这些，其余的回到首页，按“交纸质材料”再交。"
                }
                PaperFault::OtherCounty => {
                    "上面的编号不是本县的申请编号。请检查是不是拿错了，或到窗口问。"
                }
                PaperFault::HandoverSlip => {
                    "这是交材料的回执，不是申请的回执。请放申请回执，或按“输入编号”。"
                }
                PaperFault::NoCamera => {
                    "镜头或扫描仪没有反应。请看看电源和连接线插好没有，再拍一次；还不行，把纸交到窗口。"
                }
                PaperFault::NoNetwork => {
                    "网络上的扫描仪没有反应。请看看它的电源和网线，再拍一次；还不行，把纸交到窗口。"
                }
                PaperFault::Jammed => {
                    "卡纸了。请打开扫描仪的盖子，把纸慢慢拉出来，合上盖子，再拍一次。"
                }
                PaperFault::Mispicked => "扫描仪没有把纸吸进去。请把纸理齐，重新放好，再拍一次。",
                PaperFault::CoverOpen => "扫描仪的盖子没有合上。请合上，再拍一次。",
                PaperFault::Busy => "扫描仪正在被别人使用。请等一会儿，再拍一次。",
                PaperFault::DeviceFailed => "这次没有扫成。请把纸放好，再拍一次。",
                PaperFault::DeviceUnfit => {
                    "镜头或扫描仪没有设置好。请告诉管理这台机器的人，把纸交到窗口。"
                }
                // Whoever gave it up knows it.
                PaperFault::Stopped => "已经停下。要再拍，请按“拍照”。",
            }
            .to_owned(),
        ),
        Notice::OtherSheet { page } => (
            "这一页和原来那张不一样",
            format!(
                "第{page}页已经有一张，上面填的和这张不同。请看清楚是谁的，再选用哪一张。两张都要交的，先交完一张，再交另一张。"
            ),
        ),
        Notice::OtherCase => (
            "这一页是另一个人的",
            "纸上的编号和前面的不同。请把两个人的材料分开，放上同一个人的；另一个人的，交完这些再交。"
                .to_owned(),
        ),
        Notice::NoRoom => (
            "现在不能开始申请",
            "这台机器的存储快满了，写不下一份新的申请。以前交的申请都在，不会丢。请到窗口办理，并告诉工作人员。"
                .to_owned(),
        ),
        Notice::Submit(fault) => (
            "还没有提交成功",
            match fault {
                SubmitFault::DiskFull => {
                    "机器的存储满了，没有存上。您填的都还在。请叫工作人员，或到人工窗口办。"
                }
                SubmitFault::StoreBroken => {
                    "机器出了问题，没有存上。您填的都还在。请再按一次“提交”；还不行，请叫工作人员。"
                }
                SubmitFault::Rejected => {
                    "有一项内容不合规定，没有存上。您填的都还在。请检查后再提交，或叫工作人员。"
                }
            }
            .to_owned(),
        ),
        Notice::UnknownSlip => (
            "这台机器没有这个编号",
            "请检查编号。如果是在别的机器上申请的，请用手机扫回执上的方块码，或到窗口问。"
                .to_owned(),
        ),
        Notice::NoSlipSeen => (
            "没有看到回执",
            "请把回执放平，有方块码的一面朝上，再试一次；或者输入编号。".to_owned(),
        ),
        Notice::NoCamera => (
            "镜头没有反应",
            "请按“输入回执编号”，或到窗口问。".to_owned(),
        ),
    };
    (title.to_owned(), body)
}

/// What is being done for a picture.
pub(super) fn taking(progress: Option<ScanProgress>) -> String {
    match progress {
        None => "正在拍照，请不要动纸……".to_owned(),
        Some(ScanProgress::WarmingUp) => "扫描仪正在准备，请等一会儿……".to_owned(),
        Some(ScanProgress::Waiting) => "正在等图片文件，请在扫描仪上按“扫描”……".to_owned(),
        Some(ScanProgress::Scanning(None)) => "正在扫描，请不要动纸……".to_owned(),
        Some(ScanProgress::Scanning(Some(percent))) => {
            format!("正在扫描，请不要动纸……{percent}%")
        }
    }
}

/// What is wrong with a photo, and what to do about it.
pub(super) const fn photo_fault(fault: PhotoFault) -> (&'static str, &'static str) {
    match fault {
        PhotoFault::Blurred => ("照片不清楚。", "请把纸放平放稳，再拍一次。"),
        PhotoFault::Moved => ("拍的时候纸动了。", "请把纸放稳，手拿开，再拍一次。"),
        PhotoFault::Dark => ("光线太暗。", "请打开灯，不要挡住光，再拍一次。"),
        PhotoFault::Glare => ("有反光。", "请把纸挪一点，避开灯光，再拍一次。"),
        PhotoFault::CutOff => ("纸没有拍全。", "请把纸往中间放，四个角都露出来。"),
        PhotoFault::CornerHidden => ("有的角看不见。", "请把手和别的东西拿开，四个角都露出来。"),
        PhotoFault::Curled => ("纸翘起来了。", "请把纸压平，再拍一次。"),
        PhotoFault::Far => ("纸在照片里太小。", "请把纸放到镜头正下面。"),
        PhotoFault::Faint => ("字印得太淡。", "请到窗口换一张印得清楚的。"),
        PhotoFault::CodeCovered => ("方块码被挡住了。", "请把手拿开，不要折住方块码。"),
        PhotoFault::Covered => ("纸上有手或别的东西。", "请拿开，再拍一次。"),
    }
}

/// What the camera waits for before it takes the photo by itself.
pub(super) const fn tray(want: TrayWant) -> &'static str {
    match want {
        TrayWant::Page => "还没有看到表格。",
        TrayWant::NextPage => "拍好了。要再拍，请换一张纸，或把纸重新放一下。",
        TrayWant::Corners => "有的角看不见，请都露出来。",
        TrayWant::Middle => "请把纸往中间放。",
        TrayWant::HandAway => "请把手拿开。",
        TrayWant::Still => "很好，请不要动……",
        TrayWant::Light => "太暗了，请打开灯。",
        TrayWant::Focus => "还不清楚，请把纸放平。",
        TrayWant::Nearer => "纸太小，请放到镜头正下面。",
    }
}

/// The nations of GB/T 3304, in the order of their codes from 1.
const NATIONS: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];

/// The nation of a GB/T 3304 code, for people.
pub(super) fn nation(code: u8) -> Option<String> {
    let name = NATIONS.get(usize::from(code).checked_sub(1)?)?;
    Some(format!("{name}族"))
}
