//! What invented applicants are called, where they live, and what they say.
//!
//! The held-out words share no phrase with those of the training, so that the size table shows what the
//! dictionary does for people whom it has never heard.

/// Family names by how common they are, the commonest first.
pub(crate) const FAMILY_NAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边";

/// Characters of given names that the training draws from.
pub(crate) const GIVEN_CHARACTERS: &str = "国建军华明文玉秀英兰芳丽桂花珍红梅小平志伟强海山春生福贵林根成金银龙云霞燕娟萍静敏艳洁雪琴香莲凤仙翠爱民永福德全有才来喜保庆忠义孝仁和兴旺安康长青松柏东南西北中天地晓峰磊涛超杰鹏飞宇浩然梓涵轩怡欣悦子萱雨佳俊博思嘉一诺";

/// Characters of village names.
pub(crate) const VILLAGE_CHARACTERS: &str = "东西南北上下前后大小王李张刘赵郭宋贾韩程河沟岭坡庄堡寨峪岗湾坪泉石柳杨槐松青白红黄新旧高平安善良崔鲍";

/// What a village's name ends in.
pub(crate) const VILLAGE_ENDINGS: &[&str] =
    &["村", "庄村", "沟村", "堡村", "岭村", "坡村", "头村", "社区"];

/// What may stand between a village and a house number.
pub(crate) const STREETS: &[&str] = &[
    "",
    "",
    "中街",
    "东街",
    "西街",
    "南街",
    "北街",
    "前街",
    "后街",
    "大街",
    "一组",
    "二组",
    "三组",
    "第四村民小组",
    "中心巷",
    "东巷",
];

/// What people say of their hardship, for the training.
pub(crate) const TRAINING_PHRASES: &[&str] = &[
    "腿不好，干不了活",
    "常年吃药，花钱多",
    "孩子上大学，学费交不起",
    "家里没有劳力",
    "老伴去年走了",
    "得了脑梗，半边身子不能动",
    "医药费借了很多钱",
    "丈夫在工地摔伤了腰",
    "妻子有精神病，要人照看",
    "地里收成不好",
    "没有固定收入",
    "靠种地过日子",
    "两个孩子都在上学",
    "母亲瘫痪在床",
    "父亲有尘肺病",
    "做了心脏手术",
    "得了癌症正在化疗",
    "每个月要透析",
    "残疾证是二级",
    "一个人带着孙子过",
    "儿子儿媳离婚了",
    "房子漏雨没钱修",
    "去年遭了水灾",
    "庄稼被冰雹打了",
    "孩子从小有病",
    "听力不好，找不到工作",
    "眼睛看不见",
    "年纪大了没人雇",
    "儿女都在外地，也困难",
    "欠了医院的钱",
    "报销以后自己还花了三万多",
    "现在打零工，挣不了几个钱",
    "家里就靠我一个人",
    "没有其他收入",
    "实在没有办法了",
    "希望政府帮一帮",
    "因为生病不能出去打工",
    "老人要人伺候走不开",
    "糖尿病并发症",
    "高血压多年",
    "出了车祸，对方没有赔钱",
    "孩子还小，离不开人",
    "租房子住，房租也贵",
    "养老金一个月一百多块",
    "医生说要长期休养",
    "女儿患白血病",
];

/// What people say of their hardship, for the size table and the test: none of it in the training.
pub(crate) const HELD_OUT_PHRASES: &[&str] = &[
    "前年从屋顶跌下来，至今拄拐",
    "肺上的毛病，一到冬天就喘",
    "供着三个娃念书",
    "羊全死了，赔了本",
    "弟弟智力有问题，跟着我们住",
    "煤矿关了以后没再找到营生",
    "媳妇跑了，留下两个娃娃",
    "药比粮食还贵",
    "手术欠亲戚四万八",
    "果园让霜冻毁了",
    "我七十六了，腰直不起来",
    "右手截肢，做不成重活",
    "娘俩相依为命",
    "收玉米的钱不够买化肥",
    "双眼白内障",
    "肾衰竭，隔天去一次县医院",
    "窑洞塌了半边",
    "大闺女癫痫常犯",
    "低收入，月月接不上",
    "厂里拖欠工钱两年",
];
