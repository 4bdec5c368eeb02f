"""The columns that a roster may have (facts: Excel rosters in use) and how each cell is read.

Required are 姓名 and 手机号 alone. A column of ID numbers is known so that it can be left out:
no ID numbers are taken in by import.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from lianxue.shared.errors import InvalidInput
from lianxue.shared.phones import normalize_phone

from ..newcomers import tidy_person_name
from .dates import clean_date, clean_past_date
from .tidying import tidy

YES, NO = "是", "否"
_YES_WORDS = {"是", "有", "已失联", "失联", "流动", "已流动", "外出", "y", "yes", "√", "1", "true"}
_NO_WORDS = {"否", "无", "未失联", "正常", "不是", "未流动", "n", "no", "×", "x", "0", "false", "-"}
_CODE = re.compile(r"\d{1,4}[A-Z]?[ .、:\-_]+(?=[^\d\s])|\d{1,4}(?=[^\d\s.\-/])")
#: Before free words only what is surely a code: 110 指挥中心, 3号楼 stay.
_SURE_CODE = re.compile(r"0\d{1,3} +(?=[^\d\s])")
#: 13800001000.0, 1.38E10, 138E8: how a number in a numeric cell may come.
_STORED = re.compile(r"[0-9]+\.[0-9]+(E\+?[0-9]{1,3})?|[0-9]+E\+?[0-9]{1,3}", re.IGNORECASE)
_CJK = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


def clean_name(text: str) -> str:
    """A person's name; spaces inside a Chinese one are padding. Raises InvalidInput."""
    name = tidy(text)
    if re.fullmatch(rf"[{_CJK}· ]+", name):
        name = name.replace(" ", "")
    return tidy_person_name(name)


def clean_phone(text: str) -> str:
    """A mobile number however the spreadsheet shows it. Raises InvalidInput."""
    number = tidy(text)
    if re.search(r"\d{11}\s*[/,，、;；或 ]\s*\+?\d{11}", number):
        raise InvalidInput("这里有两个号码，请只留本人登录用的一个。")
    return normalize_phone(_written_out(number))


def _written_out(number: str) -> str:
    """A number that a spreadsheet stored as a number: 13800001000.0, 1.38000010000E10."""
    if not _STORED.fullmatch(number):
        return number
    mantissa = re.split("e", number, flags=re.IGNORECASE)[0].replace(".", "")
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    if "e" in number.lower() and len(mantissa) < 11:
        raise InvalidInput(
            f"“{number}”是表格软件缩写的数字，末几位已经丢失，请把这一列设为文本格式，重新填写号码。"
        )
    return str(int(value)) if value == value.to_integral_value() else number


def clean_path(text: str) -> str:
    """A branch's path from the top down, parts joined by ``/``. Raises InvalidInput."""
    parts = [part.strip() for part in re.split(r"[/\\>→|]|--+", tidy(text))]
    parts = [part for part in parts if part]
    for part in parts:
        if len(part) > 60:
            raise InvalidInput(f"支部名称最多 60 个字，“{part[:10]}…”有 {len(part)} 个字。")
    if len(parts) > 9:
        raise InvalidInput("组织架构最多 8 级，请检查所在党支部的写法。")
    return "/".join(parts)


def clean_words(text: str) -> str:
    """Free words."""
    words = tidy(text)
    return words[found.end() :] if (found := _SURE_CODE.match(words)) else words


def clean_coded(text: str) -> str:
    """One of a list's words; the list's code before it goes ("01 汉族" is 汉族)."""
    return without_code(tidy(text))


def without_code(text: str) -> str:
    """A coded value without its code; what is nothing but digits stays."""
    return text[found.end() :] if (found := _CODE.match(text)) else text


def clean_yes_no(text: str) -> str:
    """是 or 否. Raises InvalidInput."""
    word = without_code(tidy(text)).lower()
    if not word:
        return ""
    if word in _YES_WORDS:
        return YES
    if word in _NO_WORDS:
        return NO
    raise InvalidInput(f"“{word[:20]}”看不懂，请填写“是”或“否”。")


def clean_gender(text: str) -> str:
    """男 or 女, also from the codes 1 and 2 (GB/T 2261.1). Raises InvalidInput."""
    word = without_code(tidy(text)).removesuffix("性")
    word = {"1": "男", "2": "女"}.get(word, word)
    if word not in {"", "男", "女"}:
        raise InvalidInput(f"“{word[:20]}”看不懂，请填写“男”或“女”。")
    return word


def clean_ethnicity(text: str) -> str:
    """汉族 for 汉, "01 汉族", 汉族."""
    word = clean_coded(text)
    return f"{word}族" if word in SHORT_PEOPLES else word


def clean_landline(text: str) -> str:
    """A telephone number with area code and extension. Raises InvalidInput."""
    number = tidy(text)
    number = re.sub(r"\.0$", "", number)
    if number and not re.fullmatch(r"[0-9+()\- 转,/;#*]{3,40}", number):
        raise InvalidInput("固定电话只能有数字、区号和分机号，例如 0531-88880000。")
    return number


def clean_birth_date(text: str) -> str:
    """A date that has been. Raises InvalidInput."""
    return clean_past_date(text, timezone.localdate())


#: Those of the 56 whose name people write with or without 族.
_PEOPLES = """
    汉 满 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 侗 瑶 白 土家 哈尼 哈萨克
    傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬
    羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克
    德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺
"""
SHORT_PEOPLES = frozenset(_PEOPLES.split())


@dataclass(frozen=True)
class Field:
    """One column: ``kind`` is name, phone, branch, date, choice, yesno or text.

    ``choices`` are the words that a cell may hold (for drop-down lists), ``hint`` says how to fill
    it in, ``longest`` bounds free words.
    """

    key: str
    label: str
    kind: str
    cleaner: Callable[[str], str]
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: tuple[str, ...] = ()
    hint: str = ""
    longest: int = 60

    def clean(self, text: str) -> str:
        """The cell as it is kept, empty for an empty one that may be. Raises InvalidInput."""
        if not tidy(text):
            if self.required:
                raise InvalidInput(f"请填写{self.label}。")
            return ""
        value = self.cleaner(text)
        if len(value) > self.longest:
            raise InvalidInput(f"最多 {self.longest} 个字，现在是 {len(value)} 个字，请缩短。")
        return value

    def show(self, value: str) -> str:
        """A kept value as people read it."""
        return value


FIELDS: tuple[Field, ...] = (
    Field("name", "姓名", "name", clean_name, ("党员姓名", "成员姓名", "名字", "姓 名"), True),
    Field(
        "phone",
        "手机号",
        "phone",
        clean_phone,
        ("手机号码", "手机", "移动电话", "联系电话", "联系方式", "本人手机号", "电话号码", "电话"),
        True,
        hint="11 位数字，是本人登录用的号码",
    ),
    Field(
        "branch",
        "所在党支部",
        "branch",
        clean_path,
        (
            "所在支部",
            "所属党支部",
            "所属支部",
            "党支部",
            "支部",
            "党支部名称",
            "支部名称",
            "所在党组织",
            "所属党组织",
            "党组织",
            "所在党小组",
        ),
        hint="从上往下写，用“/”隔开，例如 第一党总支/第二党支部；不填则不分支部",
        longest=600,
    ),
    Field("gender", "性别", "choice", clean_gender, choices=("男", "女")),
    Field("ethnicity", "民族", "text", clean_ethnicity, hint="例如 汉族", longest=20),
    Field(
        "birth_date",
        "出生日期",
        "date",
        clean_birth_date,
        ("出生年月", "出生年月日", "生日", "出生时间"),
        hint="例如 1990-01-02",
    ),
    Field("education", "学历", "text", clean_coded, ("文化程度", "最高学历"), longest=20),
    Field(
        "category",
        "人员类别",
        "text",
        clean_coded,
        ("党员类别", "类别", "党员类型"),
        hint="例如 正式党员、预备党员",
        longest=20,
    ),
    Field(
        "joined_on",
        "加入党组织日期",
        "date",
        clean_date,
        ("入党日期", "入党时间", "入党年月", "加入党组织时间", "加入中共党组织日期"),
        hint="例如 2010-07-01",
    ),
    Field(
        "full_member_on",
        "转为正式党员日期",
        "date",
        clean_date,
        ("转正日期", "转正时间", "转为正式党员时间"),
        hint="例如 2011-07-01",
    ),
    Field("post", "工作岗位", "text", clean_words, ("岗位", "职务", "工作单位及职务"), longest=100),
    Field("landline", "固定电话", "text", clean_landline, ("座机", "办公电话", "固话"), longest=40),
    Field("standing", "党籍状态", "text", clean_coded, hint="例如 正常", longest=20),
    Field(
        "lost_contact",
        "失联情况",
        "yesno",
        clean_yes_no,
        ("是否失联", "是否为失联党员", "是否失联党员", "失联党员"),
        choices=(YES, NO),
    ),
    Field("lost_contact_on", "失联日期", "date", clean_date, ("失去联系日期", "失联时间")),
    Field(
        "mobile_member",
        "流动党员",
        "yesno",
        clean_yes_no,
        ("是否流动党员", "是否为流动党员"),
        choices=(YES, NO),
    ),
    Field("whereabouts", "外出流向", "text", clean_words, ("流向", "外出去向"), longest=100),
)
BY_KEY: Mapping[str, Field] = {field.key: field for field in FIELDS}
REQUIRED = tuple(field.key for field in FIELDS if field.required)
#: What stands in ``RosterDetail``, not in the membership itself.
DETAIL_KEYS = tuple(key for key in BY_KEY if key not in {"name", "phone", "branch"})

#: Columns that are known and left out on purpose.
ID_NUMBER = frozenset(
    {"公民身份证号", "公民身份号码", "身份证号", "身份证号码", "身份证", "证件号码"}
)
_UNTOLD = frozenset({"", "序号", "编号", "序", "行号", "问题", "no", "no.", "#"})


def heading(text: str) -> str:
    """A column's heading as it is compared: no marks of 必填, stars, brackets, spaces."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[(\[【〔{][^)\]】〕}]*[)\]】〕}]", "", plain)
    plain = re.sub(r"[\s*★☆※:\x00-\x1f]+", "", plain)
    return re.sub(r"^(必填|选填)|(必填|选填)$", "", plain).lower()


_LABELS = {heading(field.label): field.key for field in FIELDS}
_ALIASES = {heading(alias): field.key for field in FIELDS for alias in field.aliases}


def key_of(text: str) -> tuple[str, bool]:
    """The column's key by its heading ("" for none), and whether it is the very label."""
    plain = heading(text)
    if plain in _LABELS:
        return _LABELS[plain], True
    return _ALIASES.get(plain, ""), False


def is_id_number(text: str) -> bool:
    """Whether a column of this heading holds ID numbers."""
    plain = heading(text)
    return plain in ID_NUMBER or "身份证" in plain or "身份号码" in plain


def is_untold(text: str) -> bool:
    """Whether nobody needs to hear that this column was left out (row numbers, no heading)."""
    return heading(text) in _UNTOLD
