"""What is to be said of a floor's reference until a person has confirmed it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vision.free_space_types import Doubt, Floor

WORTH_SAYING = 0.02
"""Share of the floor that may be unconfirmed without a word: a cell at its border."""

DOUBTS: Mapping[Doubt, tuple[str, str]] = MappingProxyType(
    {
        "late": (
            "部分地面很晚才看到,之前一直有东西挡着",
            "parts were first seen late, behind something",
        ),
        "stood": (
            "学习时有车辆或机械停在上面",
            "a vehicle or machine stood there while it was learned",
        ),
        "island": (
            "有一块与周围地面明显不同,可能是当时就放着的物体",
            "a part stands out of the floor around it, perhaps a thing that stood there already",
        ),
        "changed": ("确认之后又有变化", "it has changed since it was confirmed"),
        "damaged": (
            "保存的基准文件损坏,已重新学习",
            "the file that kept it was damaged, so it was learned anew",
        ),
        "redrawn": (
            "区域已重新划定,基准重新学习",
            "the zone was drawn anew, so it was learned anew",
        ),
        "reshaped": (
            "画面尺寸已变,基准重新学习",
            "the picture has another size, so it was learned anew",
        ),
        "moved": (
            "重新启动后画面与原来不同,基准重新学习",
            "after a new start the camera showed another view, so it was learned anew",
        ),
        "relit": (
            "重新启动时光线与所有基准不同,已另行学习",
            "after a new start the light was none that it knew, so that was learned anew",
        ),
    }
)


def remark(unconfirmed: float, doubts: tuple[Doubt, ...]) -> tuple[str, str] | None:
    """What a person should know of a reference, (Chinese, English); None where all is well."""
    if unconfirmed < WORTH_SAYING and not doubts:
        return None
    said = [DOUBTS[one] for one in doubts]
    zh = "地面基准" + ("尚未经人确认" if unconfirmed >= WORTH_SAYING else "存疑")
    en = "the floor's reference is " + (
        "not confirmed by anybody" if unconfirmed >= WORTH_SAYING else "in doubt"
    )
    if said:
        zh += ":" + ";".join(one for one, _ in said)
        en += ": " + "; ".join(one for _, one in said)
    return zh, en


def reference_numbers(floor: Floor) -> dict[str, float]:
    """The same as numbers of a transition."""
    return {
        "reference_unconfirmed_share": floor.unconfirmed,
        "reference_doubts_count": float(len(floor.doubts)),
    }
