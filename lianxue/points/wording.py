"""What an entry of the ledger says in words."""

from lianxue.shared.tenths import tenths

from .models import PointEntry


def mean(total: int, people: int) -> str:
    """``total`` tenths over ``people``, in points with two decimals; a dash for nobody."""
    return f"{total / people / 10:.2f}" if people else "—"


def cap_words(cap: int | None) -> str:
    """A cap in tenths: 6 分, or 不设上限."""
    return "不设上限" if cap is None else f"{tenths(cap)} 分"


def told(entry: PointEntry) -> str:
    """What an entry says: 得 3 分，计 1 分：这一项当日已到上限 6 分."""
    if entry.kind == PointEntry.Kind.REVERSAL:
        return f"更正 {tenths(entry.amount)} 分：{entry.reason}（{entry.actor_name}）"
    if not entry.limit:
        return f"得 {tenths(entry.earned)} 分"
    why = f"{entry.get_limit_display()} {tenths(entry.cap or 0)} 分"
    return f"得 {tenths(entry.earned)} 分，计 {tenths(entry.amount)} 分：{why}"
