"""A plot as SVG: one line for each contender, both axes logarithmic."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log10

from benchmarks.words import duration

WIDTH, HEIGHT, LEFT, BELOW = 640, 300, 70, 50
COLOURS = ("#1f77b4", "#d95f02", "#1b9e77")
Point = tuple[float, float]
Place = Callable[[Point], Point]
PLOT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img"
  font-family="sans-serif" font-size="12">
<title>{title}</title>
<rect width="{w}" height="{h}" fill="white"/>
{parts}
</svg>
"""


def plot(title: str, lines: Mapping[str, Sequence[Point]]) -> str:
    """Return a drawing of how long (in seconds) something takes by how much there is."""
    points = [point for line in lines.values() for point in line]
    sizes, times = zip(*points, strict=True)
    low, high = log10(min(times)) // 1, log10(max(times)) // 1 + 1
    first, last = log10(min(sizes)), log10(max(sizes))

    def place(point: Point) -> Point:
        across = (log10(point[0]) - first) / (last - first)
        up = (log10(point[1]) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - 160), (HEIGHT - BELOW) * (1 - up) + 10

    parts = [*_axes(sorted(set(sizes)), range(int(low), int(high) + 1), place, 10**low)]
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        parts += _line(name, [place(point) for point in line], colour)
    return PLOT.format(w=WIDTH, h=HEIGHT, title=title, parts="\n".join(parts))


def _axes(sizes: Sequence[float], powers: range, place: Place, least: float) -> Iterator[str]:
    for power in powers:
        _, y = place((sizes[0], 10.0**power))
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - 160}" stroke="#ccc"/>'
        shown = duration(10.0**power)
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{shown}</text>'
    for size in sizes:
        x, y = place((size, least))
        yield f'<text x="{x:.1f}" y="{y + 20:.1f}" text-anchor="middle">{size:,.0f}</text>'


def _line(name: str, places: Sequence[Point], colour: str) -> Iterator[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    x, y = places[-1]
    yield f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>'
