"""Labels beside the points of a plot, where none covers another, a marker or the edge of the axes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgegenre.report.drawing import MUTED, SURFACE

_DISTANCES = (9, 20, 33, 48, 66, 88)
"""From a point to its label, in points (1/72 inch)."""
_SIDES = (*((shift, up) for up in (1, -1) for shift in (0, 0.5, -0.5, 1, -1)), (2, 0), (-2, 0))
"""Above, below, beside: how far a label's center lies to the right and up, 1 where its corner is at the distance."""
_NEAR = _DISTANCES[1]
"""A label that is farther away has a line to its point."""
_CROSSED, _COVERED = 3, 40
"""How much farther away a label may rather be, in points, than cover a line across it, or one along it."""
_SPARE, _WIDER = 2, 1.12
"""Room around a label in points, and by how much the page's font may be wider than matplotlib's."""
_MARKER = 7
"""Half of a marker, in points."""

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, center: Point, half: Point) -> "Box":
        """half: half of its width and height."""
        (x, y), (width, height) = center, half
        return cls(left=x - width, bottom=y - height, right=x + width, top=y + height)

    @classmethod
    def between(cls, start: Point, end: Point) -> "Box":
        """That of a line."""
        (left, right), (bottom, top) = sorted((start[0], end[0])), sorted((start[1], end[1]))
        return cls(left=left - 1, bottom=bottom - 1, right=right + 1, top=top + 1)

    def meets(self, other: "Box") -> bool:
        """Whether both share more than an edge."""
        apart = self.right <= other.left or other.right <= self.left or self.top <= other.bottom
        return not (apart or other.top <= self.bottom)

    def holds(self, other: "Box") -> bool:
        """Whether the other lies in this one."""
        inside = self.left <= other.left and other.right <= self.right
        return inside and self.bottom <= other.bottom and other.top <= self.top

    def nearest(self, point: Point) -> Point:
        """The place in the box that is nearest to `point`."""
        return min(max(point[0], self.left), self.right), min(max(point[1], self.bottom), self.top)


@dataclass(kw_only=True)
class Room:
    """What labels share, in points. within: where they stand. markers: what none covers. lines: what they rather do not
    cover. taken: by labels and the lines that lead to them."""

    within: Box
    markers: Sequence[Box]
    lines: Sequence[Box]
    taken: list[Box] = field(default_factory=list)

    def place(self, point: Point, half: Point) -> Box | None:
        """Take the best place for the label of `point`, of that half width and height; None where there is none.

        The nearest is best, the first of equals; each line that it covers makes it as bad as one that is farther away.
        """
        found = min(self._free(point, half), key=lambda item: item[0], default=None)
        if found is None:
            return None
        _, box = found
        self.taken.append(box)
        self.taken += _leader(point, box)
        return box

    def _free(self, point: Point, half: Point) -> Iterator[tuple[float, Box]]:
        for distance in _DISTANCES:
            for shift, up in _SIDES:
                across = shift * half[0] if up else shift / 2 * (distance + half[0])
                box = Box.around((point[0] + across, point[1] + up * (distance + half[1])), half)
                if self.within.holds(box) and self._is_free(point, box):
                    yield distance + sum(_badness(line) for line in self.lines if box.meets(line)), box

    def _is_free(self, point: Point, box: Box) -> bool:
        """Whether nothing is under the label, nor under the line that leads to it."""
        others = [marker for marker in self.markers if marker.nearest(point) != point]
        covers = any(box.meets(other) for other in (*self.markers, *self.taken))
        return not covers and not any(
            step.meets(other) for step in _leader(point, box) for other in (*others, *self.taken)
        )


def label_points(
    axes: Any,
    labels: Sequence[tuple[Point, str]],
    *,
    markers: Sequence[Point],
    lines: Sequence[tuple[Point, Point]],
) -> None:
    """Write each text beside its point, in their order; one that has no room left is not written.

    Points are in the units of the axes. markers: all that are drawn. lines: vertical and horizontal ones, from a point
    to another. To be called when all else is drawn: the axes stay where they are from then on.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    scale = 72 / figure.dpi

    def at(point: Point) -> Point:
        x, y = axes.transData.transform(point) * scale
        return float(x), float(y)

    frame = axes.get_window_extent()
    room = Room(
        within=Box.between((frame.x0 * scale, frame.y0 * scale), (frame.x1 * scale, frame.y1 * scale)),
        markers=[Box.around(at(point), (_MARKER, _MARKER)) for point in markers],
        lines=[Box.between(at(start), at(end)) for start, end in lines],
    )
    ground = {"facecolor": SURFACE, "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
    for point, text in labels:
        note = axes.annotate(text, point, (0, 0), textcoords="offset points", ha="center", va="center", bbox=ground)
        extent = note.get_window_extent()
        half = (extent.width * scale * _WIDER / 2 + _SPARE, extent.height * scale / 2 + _SPARE)
        x, y = at(point)
        box = room.place((x, y), half)
        if box is None:
            note.remove()
            continue
        note.set_position(((box.left + box.right) / 2 - x, (box.bottom + box.top) / 2 - y))
        if _leader((x, y), box):
            end = box.nearest((x, y))
            line = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.8, "shrinkA": 0, "shrinkB": _MARKER}
            axes.annotate("", point, (end[0] - x, end[1] - y), textcoords="offset points", arrowprops=line)


def _badness(line: Box) -> int:
    return _COVERED if line.right - line.left > line.top - line.bottom else _CROSSED


def _leader(point: Point, box: Box) -> list[Box]:
    """The line from the edge of a label to its point, in small steps; none to a label that is near."""
    x, y = box.nearest(point)
    length = math.dist((x, y), point)
    if length <= _NEAR:
        return []
    steps = range(_MARKER, int(length), 3)
    places = (((x - point[0]) * step / length, (y - point[1]) * step / length) for step in steps)
    return [Box.around((point[0] + right, point[1] + up), (1, 1)) for right, up in places]
