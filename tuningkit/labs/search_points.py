"""From the looks of a race to markers on a map."""

from __future__ import annotations

import math
from types import MappingProxyType

from tuningkit.labs.map_points import MapPoint
from tuningkit.labs.search_snapshot import SearchSnapshot
from tuningkit.search.race import METHOD_LABELS
from tuningkit.search.race_records import Look, Proposal

#: Marker, colour and, in words, glyph of each method.
LOOKS_OF = MappingProxyType(
    {
        "grid": ("square", 0, "■"),
        "random": ("circle", 1, "●"),
        "bayesian": ("diamond", 2, "◆"),
        "tpe": ("triangle", 3, "▲"),
        "halving": ("cross", 4, "✚"),
    }
)


def map_points(snapshot: SearchSnapshot, front: str) -> list[MapPoint]:
    """All looks and what comes next, the method in front last and with its numbers.

    Args:
        snapshot: The lab's state.
        front: The method in front.
    """
    names = [name for name in snapshot.settings.methods if name != front]
    if front in snapshot.settings.methods:
        names.append(front)
    points: list[MapPoint] = []
    for name in names:
        points += _looks(name, snapshot.looks.get(name, ()), in_front=name == front)
    for name in names:
        proposal = snapshot.coming.get(name)
        # A race that goes on by itself would only flicker with five outlines; one is enough to follow.
        if proposal is not None and name == front:
            points.append(coming_point(name, proposal))
    return points


def coming_point(name: str, proposal: Proposal, *, small: bool = False) -> MapPoint:
    """Where a method will look next, as an outline.

    Args:
        name: The method.
        proposal: Its next look.
        small: Whether for a small map.
    """
    shape, palette, _ = LOOKS_OF[name]
    u, v = proposal.point[:2]
    label = METHOD_LABELS[name]
    return MapPoint(u, v, label, shape, palette, words=f"next of {label}", next=True, small=small)


def _looks(name: str, looks: tuple[Look, ...], *, in_front: bool) -> list[MapPoint]:
    shape, palette, _ = LOOKS_OF[name]
    label = METHOD_LABELS[name]
    # The last look at each configuration; halving looks at some again and again.
    last: dict[int, Look] = {look.proposal.number: look for look in looks}
    places: dict[tuple[float, float], list[Look]] = {}
    for look in last.values():
        places.setdefault(look.proposal.point[:2], []).append(look)
    longest = max((look.proposal.until for look in looks), default=0)
    crowd = len(last) > 40
    points = []
    for (u, v), here in places.items():
        newest = here[-1]
        numbers = ", ".join(str(look.proposal.number) for look in here)
        short = newest.proposal.until < longest
        found = f"{newest.objective:.3g}" if math.isfinite(newest.objective) else "diverged"
        points.append(
            MapPoint(
                u,
                v,
                label,
                shape,
                palette,
                words=f"{label} {numbers} ({found} after {newest.proposal.until} epochs)",
                text=str(newest.proposal.number) if in_front and not (crowd and short) else "",
                times=len(here),
                faint=short,
                small=crowd and short,
                latest=in_front and bool(looks) and newest is looks[-1],
                rug=in_front,
            )
        )
    # What came last lies on top.
    return sorted(points, key=lambda point: (not point.faint, point.latest))
