"""The sentences of the dwell rule in Chinese and English, and the Chinese names of classes."""

from __future__ import annotations

CHINESE = {
    "person": "人员",
    "car": "小汽车",
    "truck": "货车",
    "bus": "客车",
    "van": "面包车",
    "excavator": "挖掘机",
    "machine": "施工机械",
    "forklift": "叉车",
    "smoke": "烟雾",
    "fire": "明火",
}


def chinese(label: str) -> str:
    """The Chinese word for a class, or its own name where there is none."""
    return CHINESE.get(label, label)


def opened(label: str, zone_id: str, stayed_s: float, after_s: float) -> tuple[str, str]:
    """Why an incident opened, (Chinese, English)."""
    return (
        f"{chinese(label)}在区域 {zone_id} 内已停留 {stayed_s:.1f} 秒(达到 {after_s:g} 秒即报警)",
        f"{label} in zone {zone_id} for {stayed_s:.1f} s (opens at {after_s:g} s)",
    )


def ended(
    zone_id: str, quiet_s: float, clear_s: float, lasted_s: float, classes: tuple[str, ...]
) -> tuple[str, str]:
    """Why an incident ended, (Chinese, English)."""
    zh, en = "、".join(map(chinese, classes)), " or ".join(classes)
    return (
        f"区域 {zone_id} 内已连续 {quiet_s:.1f} 秒没有{zh}(满 {clear_s:g} 秒即结束),"
        f"事件共持续 {lasted_s:.1f} 秒",
        f"no {en} in zone {zone_id} for {quiet_s:.1f} s (ends at {clear_s:g} s); "
        f"open for {lasted_s:.1f} s",
    )
