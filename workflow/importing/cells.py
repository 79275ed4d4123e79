"""A cell as a Dutch spreadsheet writes it, as the text that the fact has in an import file."""

import re
from datetime import date
from decimal import Decimal

from states.amendment import UNKNOWN
from states.leaves import Approximate, Leaf, Start, leaf_for

DATES = (leaf_for(date), leaf_for(Start), leaf_for(Approximate))
DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)
DUTCH_AMOUNT = re.compile(r"(?:€\s*)?(\d{1,3}(?:\.\d{3})+|\d+),(\d{1,2})", re.ASCII)
WORDS = {"ja": "true", "waar": "true", "nee": "false", "onwaar": "false"}


def as_fact(cell: str, leaf: Leaf | None) -> str:
    """Return the text of a fact of this kind; what is not understood stays as it was written."""
    if cell.casefold() == "onbekend":
        return UNKNOWN
    if leaf in DATES:
        return _date(cell)
    if leaf is leaf_for(Decimal):
        return _amount(cell)
    if leaf is leaf_for(bool):
        return WORDS.get(cell.casefold(), cell.casefold())
    return cell


def _date(cell: str) -> str:
    """Return DD-MM-YYYY as YYYY-MM-DD."""
    found = DAY_FIRST.fullmatch(cell)
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else cell


def _amount(cell: str) -> str:
    """Return 1.000,00 as 1000.00; without a comma a point is a decimal point."""
    found = DUTCH_AMOUNT.fullmatch(cell)
    return f"{found[1].replace('.', '')}.{found[2]}" if found else cell
