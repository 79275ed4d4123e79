"""Figures in words, in three digits."""

DURATIONS = ((1e-6, "ns", 1e9), (1e-3, "µs", 1e6), (1.0, "ms", 1e3), (float("inf"), "s", 1.0))
SIZES = ((1e3, "B", 1.0), (1e6, "kB", 1e-3), (1e9, "MB", 1e-6), (float("inf"), "GB", 1e-9))


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them."""
    return _in_units(seconds, DURATIONS)


def size(number: float) -> str:
    """Return a number of bytes in the unit that suits it, decimal."""
    return _in_units(number, SIZES)


def _in_units(number: float, units: tuple[tuple[float, str, float], ...]) -> str:
    unit, times = next((unit, times) for most, unit, times in units if number < most)
    return f"{factor(number * times)} {unit}"


def factor(number: float) -> str:
    """Return a number or a ratio."""
    decimals = 2 if number < 10 else 1 if number < 100 else 0  # noqa: PLR2004 - of three digits
    return f"{number:,.{decimals}f}"
