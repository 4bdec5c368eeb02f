"""The columns of a roster: headings as people write them, cells as spreadsheets store them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lianxue.organizations.roster.fields import (
    BY_KEY,
    DETAIL_KEYS,
    FIELDS,
    is_id_number,
    is_untold,
    key_of,
)
from lianxue.organizations.roster.rows import RowData, understand
from lianxue.shared.errors import InvalidInput

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("姓名", "name"),
        ("姓名*（必填）", "name"),
        ("* 姓 名", "name"),
        ("★手机号码", "phone"),
        ("联系电话", "phone"),
        ("手机号【必填】", "phone"),
        ("所在党支部(全称)", "branch"),
        ("支部：", "branch"),
        ("出生年月\n（yyyy-mm-dd）", "birth_date"),
        ("入党时间", "joined_on"),
        ("是否流动党员", "mobile_member"),
        ("固定电话", "landline"),
        ("爱好", ""),
        ("", ""),
    ],
)
def test_headings(heading, key):
    assert key_of(heading)[0] == key


def test_the_label_itself_is_told_from_an_alias():
    assert key_of("手机号 *") == ("phone", True)
    assert key_of("联系电话") == ("phone", False)


def test_every_label_and_alias_means_its_own_column():
    for field in FIELDS:
        assert key_of(field.label) == (field.key, True)
        for alias in field.aliases:
            assert key_of(alias)[0] == field.key


@pytest.mark.parametrize("heading", ["公民身份证号", "身份证号码*", "居民身份证", "证件号码"])
def test_a_column_of_id_numbers_is_known_and_no_field(heading):
    assert is_id_number(heading)
    assert key_of(heading) == ("", False)


@pytest.mark.parametrize("heading", ["序号", " 问题 ", ""])
def test_a_column_that_nobody_misses(heading):
    assert is_untold(heading)


def test_the_details_are_everything_but_name_phone_and_branch():
    assert set(BY_KEY) - set(DETAIL_KEYS) == {"name", "phone", "branch"}
    assert [field.key for field in FIELDS if field.required] == ["name", "phone"]


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("name", "　张 三 ", "张三"),
        ("name", "阿依古丽·买买提", "阿依古丽·买买提"),
        ("name", "John  Smith", "John Smith"),
        ("phone", "13800001000", "13800001000"),
        ("phone", "13800001000.0", "13800001000"),
        ("phone", "1.3800001000E10", "13800001000"),
        ("phone", "'13800001000", "13800001000"),
        ("phone", '="13800001000"', "13800001000"),
        ("phone", "+86 138 0000 1000", "13800001000"),
        ("phone", "１３８００００１０００", "13800001000"),
        ("phone", "138-0000-1000\t", "13800001000"),
        ("branch", "第一党总支／第二党支部", "第一党总支/第二党支部"),
        ("branch", "第一党总支 > 第二党支部", "第一党总支/第二党支部"),
        ("branch", "第一党总支\\第二党支部/", "第一党总支/第二党支部"),
        ("gender", "1 男", "男"),
        ("gender", "女性", "女"),
        ("gender", "2", "女"),
        ("ethnicity", "01 汉族", "汉族"),
        ("ethnicity", "01汉族", "汉族"),
        ("ethnicity", "汉", "汉族"),
        ("ethnicity", "其他", "其他"),
        ("education", "21 大学本科", "大学本科"),
        ("category", "01-正式党员", "正式党员"),
        ("post", "110 指挥中心民警", "110 指挥中心民警"),
        ("post", "3号楼管理员", "3号楼管理员"),
        ("post", "013 专业技术人员", "专业技术人员"),
        ("landline", "（0531）86000003转8", "(0531)86000003转8"),
        ("lost_contact", "已失联", "是"),
        ("lost_contact", "0 否", "否"),
        ("mobile_member", "√", "是"),
        ("birth_date", "1990-01-02", "1990-01-02"),
        ("birth_date", "1990/1/2", "1990-01-02"),
        ("birth_date", "1990.1.2", "1990-01-02"),
        ("birth_date", "1990年1月2日", "1990-01-02"),
        ("birth_date", " 1990 年 1 月 2 日", "1990-01-02"),
        ("birth_date", "１９９０－０１－０２", "1990-01-02"),
        ("birth_date", "19900102", "1990-01-02"),
        ("birth_date", "1990-01-02 00:00:00", "1990-01-02"),
        ("birth_date", "199001", "1990-01"),
        ("birth_date", "1990年1月", "1990-01"),
        ("birth_date", "1990.01", "1990-01"),
        ("birth_date", "32874", "1990-01-01"),
        ("birth_date", "32874.5", "1990-01-01"),
        ("birth_date", "", ""),
        ("joined_on", "2021年7月1日", "2021-07-01"),
    ],
)
def test_cells(key, typed, kept):
    assert BY_KEY[key].clean(typed) == kept


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("name", "", "请填写姓名。"),
        ("name", "张3", "只能用汉字"),
        ("name", "张" * 21, "最多 20 个字"),
        ("phone", "", "请填写手机号。"),
        ("phone", "1380000100", "11 位数字"),
        ("phone", "1.38E+10", "末几位已经丢失"),
        ("phone", "138E8", "末几位已经丢失"),
        ("phone", "13800001000/13900001000", "只留本人登录用的一个"),
        ("phone", "0531-86000001", "11 位数字"),
        ("branch", "支" * 61, "最多 60 个字"),
        ("branch", "/".join("一二三四五六七八九十"), "最多 8 级"),
        ("gender", "不详", "“男”或“女”"),
        ("lost_contact", "也许", "“是”或“否”"),
        ("birth_date", "1990-13-01", "没有 1990 年 13 月 1 日"),
        ("birth_date", "1990-02-30", "没有 1990 年 2 月 30 日"),
        ("birth_date", "1790-02-03", "年份 1790 不对"),
        ("birth_date", "2090-01-02", "还没有到"),
        ("birth_date", "1990", "看不懂日期"),
        ("birth_date", "03/09/1985", "看不懂日期"),
        ("birth_date", "199013", "没有 13 月"),
        ("joined_on", "去年", "看不懂日期"),
        ("landline", "找老王", "只能有数字"),
        ("post", "岗" * 101, "最多 100 个字"),
    ],
)
def test_cells_that_cannot_be(key, typed, said):
    with pytest.raises(InvalidInput) as caught:
        BY_KEY[key].clean(typed)
    assert said in next(iter(caught.value.fields.values()), caught.value.message)


@given(st.text(max_size=80), st.sampled_from(sorted(BY_KEY)))
def test_any_text_is_kept_or_refused_and_what_is_kept_is_kept_again(text, key):
    field = BY_KEY[key]
    try:
        kept = field.clean(text)
    except InvalidInput:
        return
    assert len(kept) <= field.longest
    assert "\x00" not in kept
    if kept:
        assert field.clean(kept) == kept


def test_a_row_tells_all_of_its_faults_and_keeps_what_was_typed():
    row = understand({"name": " 张 三", "phone": "12", "gender": "?", "post": " "})
    assert row.clean == {"name": "张三"}
    assert set(row.errors) == {"phone", "gender"}
    assert row.raw == {"name": " 张 三", "phone": "12", "gender": "?", "post": " "}


def test_a_row_as_json_and_back():
    row = RowData(raw={"name": "张三"}, before={"branch": ""}, left=3, make="一/二")
    assert RowData.load(row.dump()) == row
    assert RowData.load(RowData().dump()) == RowData()
