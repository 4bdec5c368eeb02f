"""Members in bulk: the roster's details and name, the upload, the export."""

from django.core.files.uploadedfile import SimpleUploadedFile

from .scene import LONG, Case

CASES = [
    Case("organizations:member_name", {"name": ""}, "name", "请填写", ids=("membership_id",)),
    Case(
        "organizations:member_name",
        {"name": "刘洋"},
        "name",
        "相同",
        {"name": "刘洋"},
        ids=("membership_id",),
    ),
    Case(
        "organizations:member_name",
        {"name": "刘<b>"},
        "name",
        "只能用",
        {"name": "刘<b>"},
        ids=("membership_id",),
    ),
    Case(
        "organizations:member_detail_change",
        {"version": "", "birth_date": "二月三十", "post": "办公室主任"},
        "birth_date",
        "日期",
        {"birth_date": "二月三十", "post": "办公室主任"},
        ids=("membership_id",),
    ),
    Case(
        "organizations:member_detail_change",
        {"version": "", "landline": "没有"},
        "landline",
        "固定电话",
        {"landline": "没有"},
        ids=("membership_id",),
    ),
    Case(
        "organizations:member_detail_change",
        {"version": "2026-01-01T00:00:00+00:00", "education": "本科"},
        "",
        "刚刚有人修改",
        {"education": "本科"},
        ids=("membership_id",),
        status=409,
    ),
    Case(
        "organizations:import_new",
        {"make_branches": "on"},
        "file",
        "请选择要上传的文件",
        {"make_branches": "on"},
        ids=("organization_id",),
    ),
    Case(
        "organizations:import_new",
        {"file": SimpleUploadedFile("名册.xlsx", b"")},
        "file",
        "文件是空的",
        ids=("organization_id",),
    ),
    Case(
        "organizations:import_new",
        {"file": SimpleUploadedFile("名册.docx", b"PK no roster")},
        "file",
        "xlsx",
        ids=("organization_id",),
    ),
    Case(
        "organizations:export_members",
        {"format": "", "phones": "masked"},
        "format",
        "请选择文件格式",
        ids=("organization_id",),
    ),
    Case(
        "organizations:export_members",
        {"format": "csv", "phones": ""},
        "phones",
        "请选择手机号",
        {"format": "csv"},
        ids=("organization_id",),
    ),
    Case(
        "organizations:export_members",
        {"format": "csv", "phones": "full", "reason": ""},
        "reason",
        "请写明用途",
        {"format": "csv", "phones": "full"},
        ids=("organization_id",),
    ),
    Case(
        "organizations:export_members",
        {"format": "xlsx", "phones": "masked", "reason": LONG},
        "reason",
        "100",
        {"reason": LONG},
        ids=("organization_id",),
    ),
]
