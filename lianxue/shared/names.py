"""Names in pinyin: the order A to Z, and the beginnings by which a search finds them.

``search_tokens`` and ``query_range`` belong together: a name is found by a query when one of its
tokens begins with the query, so both pass through ``plain``. Bytes, because then "begins with" is
an index range that SQLite and PostgreSQL order alike, whatever the collation.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby, pairwise, product

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT

#: The longest token (``MemberToken.token``); names beyond are found by their first 64 bytes.
MAX_TOKEN = 64
MAX_SORT_KEY = 80
#: Of a name whose characters have several readings, so many combinations are kept.
MAX_READINGS = 8


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    """The entries of a table below: ``what:how``, parted by spaces."""
    for entry in table.split():
        what, _, how = entry.partition(":")
        yield what, how


#: Surnames that are read otherwise than the same characters in a word.
_SURNAMES = """
乐正:yue4+zheng4 宰父:zai3+fu3 单:shan4 曾:zeng1 解:xie4 仇:qiu2 区:ou1 任:ren2 华:hua4
盖:ge3 查:zha1 朴:piao2 翟:zhai2 洗:xian3 缪:miao4 乐:yue4 覃:qin2 折:she2 员:yun4 黑:he4
种:chong2 秘:bi4 燕:yan1 那:na1 牟:mu4 召:shao4 祭:zhai4 都:du1 句:gou1 郇:xun2 隗:wei3
葛:ge3 过:guo1 哈:ha3 宁:ning4 不:fou1 薄:bo2 撒:sa3 繁:po2 干:gan1 角:jue2 能:nai4 粘:nian2
相:xiang4 纪:ji3 卜:bu3 佴:nai4 阚:kan4 重:chong2 么:yao1 乜:nie4 藏:zang4 观:guan4 占:zhan1
於:yu1 冠:guan4 舍:she4 省:xing3 蕃:pi2
"""

#: Readings that people use beside the usual one, in given names and in names of places and offices.
#: Not every reading of the dictionary: it would find each 王 under "yu" and each 英 under "yang".
_OTHERS = """
乐:yue/le 行:xing/hang 长:chang/zhang 朝:chao/zhao 重:zhong/chong 茜:qian/xi 莎:sha/suo
娜:na/nuo 曾:zeng/ceng 单:dan/shan/chan 解:jie/xie 查:cha/zha 区:qu/ou 盛:sheng/cheng
晟:sheng/cheng 柏:bai/bo 强:qiang/jiang 隽:jun/juan 浚:jun/xun 筠:yun/jun 莞:guan/wan
蔚:wei/yu 颉:jie/xie 仔:zi/zai 藏:cang/zang 奇:qi/ji 校:xiao/jiao 大:da/dai 澄:cheng/deng
厦:xia/sha 六:liu/lu 阿:a/e 尉:wei/yu 殷:yin/yan 都:du/dou 会:hui/kuai 传:chuan/zhuan
调:diao/tiao 参:can/shen 朴:pu/piao 翟:zhai/di 覃:qin/tan 牟:mu/mou 缪:miao/mou 宓:mi/fu
隗:wei/kui 郇:xun/huan 谌:chen/shen 盖:ge/gai 仇:qiu/chou 薄:bo/bao 郗:xi/chi 折:she/zhe
员:yuan/yun 种:zhong/chong 降:jiang/xiang 省:sheng/xing 露:lu/lou 弹:dan/tan 系:xi/ji
峒:tong/dong 番:fan/pan 堡:bao/bu/pu 埔:pu/bu 蚌:bang/beng 泌:mi/bi 涡:guo/wo 浍:hui/kuai
枞:zong/cong 荥:xing/ying 蔓:man/wan 佛:fo/fu 率:lv/shuai 贾:jia/gu
"""


_SURNAME_READINGS = {name: said.split("+") for name, said in _pairs(_SURNAMES)}
_OTHER_READINGS = {char: said.split("/") for char, said in _pairs(_OTHERS)}


def plain(text: str) -> str:
    """``text`` as it is compared: letters, digits and characters alone, full-width made plain,
    small letters, ü as v (as it is typed). Character by character, so a part stays a part.
    """
    kept = []
    for char in text:
        folded = unicodedata.normalize("NFKC", char).casefold().replace("ü", "v")
        kept.append("".join(one for one in folded if one.isalnum()))
    return "".join(kept)


def sort_key(name: str) -> str:
    """``name`` in pinyin with tones, syllable by syllable (王秀英: ``wang2xiu4ying1``): A to Z.

    ASCII, at most 80. The tone's digit sorts before letters in every collation and ends the
    syllable, so that 李 comes before 良. What has no reading sorts before A.
    """
    parts = []
    for index, (char, syllable) in enumerate(_syllables(plain(name))):
        if syllable.isascii():
            parts.append(syllable)
        else:
            parts.append(f"{ord(char):05x}" if index else f"0{ord(char):05x}")
    return "".join(parts)[:MAX_SORT_KEY]


def letter_of(key: str) -> str:
    """The heading under which a name of this ``sort_key`` stands: ``A`` to ``Z``, else ``#``."""
    first = key[:1].upper()
    return first if "A" <= first <= "Z" else "#"


def letter_range(letter: str) -> tuple[str, str] | None:
    """The bounds (from, before) of the ``sort_key`` of those under ``letter``; None for no letter.

    The last letter's upper bound is one that no pinyin reaches in any collation.
    """
    if letter == "#":
        return "", "a"
    if len(letter) != 1 or not "A" <= letter <= "Z":
        return None
    low = letter.lower()
    return low, chr(ord(low) + 1) if low < "z" else "zzzz"


def search_tokens(name: str) -> set[bytes]:
    """All that ``name`` may be found by: from each character on its characters, its pinyin, its
    initials, in up to eight readings. What begins another token is left out: that one serves.
    """
    whole, inner = name_tokens(name)
    return whole | inner


def name_tokens(name: str) -> tuple[set[bytes], set[bytes]]:
    """``search_tokens`` parted: those of the whole name, and those from a later character on.

    Who is called by a query's words comes before who merely has them in the name.
    """
    chars = plain(name)
    found = [_suffixes(list(chars))]
    for reading in _readings(chars):
        found.append(_suffixes(reading))
        found.append(_suffixes([syllable[:1] for syllable in reading]))
    whole = {tokens[0] for tokens in found if tokens}
    inner = {token for tokens in found for token in tokens[1:]}
    return set(_without_beginnings(whole)), set(_without_beginnings(inner - whole))


def query_range(text: str) -> tuple[bytes, bytes]:
    """The bounds (from, before) of the tokens that begin with ``text``; equal when it says nothing.

    UTF-8 has no byte 0xFF, so nothing that begins with ``text`` lies beyond.
    """
    low = plain(text).encode("utf-8", "ignore")[:MAX_TOKEN]
    return (low, low + b"\xff") if low else (b"", b"")


def _without_beginnings(tokens: set[bytes]) -> Iterator[bytes]:
    """Those that are not the beginning of another: sorted, a beginning stands right before."""
    ordered = [*sorted(tokens), b""]
    for token, following in pairwise(ordered):
        if token and not following.startswith(token):
            yield token


def _suffixes(parts: Sequence[str]) -> list[bytes]:
    """From each part on; a part has at least one byte, so 64 of them are enough."""
    return [
        "".join(parts[start : start + MAX_TOKEN]).encode("utf-8", "ignore")[:MAX_TOKEN]
        for start in range(len(parts))
    ]


def _syllables(chars: str) -> list[tuple[str, str]]:
    """Each character with its reading (tone at the end), the surname's readings put right.

    What has no reading stands for itself, Latin letters and digits too.
    """
    pairs: list[tuple[str, str]] = []
    for known, run in groupby(chars, key=lambda char: ord(char) in PINYIN_DICT):
        part = "".join(run)
        heard = lazy_pinyin(part, style=Style.TONE3, neutral_tone_with_five=True) if known else part
        for char, said in zip(part, heard, strict=True):
            pairs.append((char, said if said.isascii() else char))
    surname = next((chars[:n] for n in (2, 1) if chars[:n] in _SURNAME_READINGS), "")
    for index, reading in enumerate(_SURNAME_READINGS.get(surname, [])):
        pairs[index] = (chars[index], reading)
    return pairs


def _readings(chars: str) -> list[tuple[str, ...]]:
    """Up to eight readings of the whole name without tones, the usual one first.

    Those that differ from it in one character come before those that differ in two.
    """
    usual = [_toneless(char, syllable) for char, syllable in _syllables(chars)]
    choices = [
        [other for other in _choices(char, mine) if other != mine]
        for char, mine in zip(chars, usual, strict=True)
    ]
    open_at = [index for index, others in enumerate(choices) if others]
    found = [tuple(usual)]
    for many in range(1, len(open_at) + 1):
        for places in combinations(open_at, many):
            for others in product(*(choices[index] for index in places)):
                if len(found) == MAX_READINGS:
                    return found
                changed = dict(zip(places, others, strict=True))
                found.append(tuple(changed.get(at, one) for at, one in enumerate(usual)))
    return found


def _toneless(char: str, syllable: str) -> str:
    return syllable if syllable == char else syllable.rstrip("12345")


def _choices(char: str, usual: str) -> list[str]:
    """The readings beside ``usual``; lü is typed lv, and written lyu in passports, lu by many."""
    others = _OTHER_READINGS.get(char, [])
    if not others and char in _SURNAME_READINGS:
        others = lazy_pinyin(char)
    if usual in {"lv", "nv"} and not char.isascii():
        others = [*others, usual[0] + "yu", usual[0] + "u"]
    return others
