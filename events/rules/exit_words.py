"""The sentences of the rule about floor that must stay free."""

from __future__ import annotations

from typing import Literal

from events.rules.exit_limits import Seen

Subject = Literal["exit", "lane", "hydrant", "strip", "shutter"]
LABEL = "obstruction"

_ZH: dict[Subject, tuple[str, str]] = {
    "exit": ("出口", "堵塞"),
    "lane": ("消防车道", "被占用"),
    "hydrant": ("消火栓", "被遮挡"),
    "strip": ("管道上方地带", "被堆占"),
    "shutter": ("卷帘门", "落下"),
}
_EN: dict[Subject, tuple[str, str]] = {
    "exit": ("exit", "blocked"),
    "lane": ("fire lane", "occupied"),
    "hydrant": ("hydrant", "hidden"),
    "strip": ("strip over the pipeline", "piled on"),
    "shutter": ("shutter", "down"),
}


def opened(
    subject: Subject,
    zone_id: str,
    seen: Seen,
    blocked_s: float,
    after_s: float,
    width_m: float | None,
) -> tuple[str, str]:
    """Why an incident opened, (Chinese, English)."""
    (thing_zh, state_zh), (thing_en, state_en) = _ZH[subject], _EN[subject]
    share = seen.numbers["covered_share"]
    zh = (
        f"{thing_zh} {zone_id} {state_zh}:有物体停留 {blocked_s:.1f} 秒(达到 {after_s:g} 秒即报警),"
        f"覆盖地面 {share:.0%}"
    )
    en = (
        f"{thing_en} {zone_id} {state_en}: something stands there for {blocked_s:.1f} s "
        f"(opens at {after_s:g} s) and covers {share:.0%} of the floor"
    )
    if seen.width is not None:
        left_m, sigma_m = seen.width.left_m, seen.width.sigma_m
        limit_zh = "" if width_m is None else f",限值 {width_m:g} 米"
        limit_en = "" if width_m is None else f", limit {width_m:g} m"
        zh += f";剩余通行宽度 {left_m:.2f} ± {sigma_m:.2f} 米{limit_zh}"
        en += f"; clear width left {left_m:.2f} +- {sigma_m:.2f} m{limit_en}"
    if seen.covered_m2 is not None:
        zh += f";占地 {seen.covered_m2:.1f} 平方米"
        en += f"; {seen.covered_m2:.1f} m2 covered"
    return zh, en


def doubted(subject: Subject, zone_id: str, doubted_s: float, after_s: float) -> tuple[str, str]:
    """Why an incident opened in doubt, (Chinese, English)."""
    return (
        f"{_ZH[subject][0]} {zone_id} 存疑:阴影状变化已持续 {doubted_s:.0f} 秒"
        f"(达到 {after_s:g} 秒即提示),可能是阴影或与地面同色的物体,请人工查看",
        f"{_EN[subject][0]} {zone_id} in doubt: something like a shadow for {doubted_s:.0f} s "
        f"(opens at {after_s:g} s); a shadow or a thing of the floor's colour, look there",
    )


def ended(
    subject: Subject, zone_id: str, free_s: float, clear_s: float, lasted_s: float
) -> tuple[str, str]:
    """Why an incident ended, (Chinese, English)."""
    return (
        f"{_ZH[subject][0]} {zone_id} 已连续 {free_s:.1f} 秒畅通(满 {clear_s:g} 秒即结束),"
        f"事件共持续 {lasted_s:.1f} 秒",
        f"{_EN[subject][0]} {zone_id} free for {free_s:.1f} s (ends at {clear_s:g} s); "
        f"open for {lasted_s:.1f} s",
    )
