"""What the words of a proposal read as: numbers, periods, amounts, days and parties in Dutch.

A reading gives every value that a text holds, as it is stored, with how sure it is.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date

from notifications.typed import plain, typed
from states.model.agreement import SourceStatus
from states.model.fact_types import fact_type_for
from states.model.period import Period
from workflow.intake.proposals.text import MONTHS, OPENS, Proposal, one_space

Readings = Mapping[str, SourceStatus]
STATED, INFERRED = SourceStatus.STATED, SourceStatus.INFERRED


def words(pattern: str) -> re.Pattern[str]:
    """Return a pattern in which a space is any white space, and “ ?” perhaps some; in any case."""
    loose = pattern.replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(loose, re.IGNORECASE)


# Numbers -----------------------------------------------------------------------------------------

ONES = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien")
TEENS = ("elf", "twaalf", "dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien")
TENS = ("twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig")
SMALL = {name: number for number, name in enumerate((*ONES, *TEENS, "negentien"))}
LARGE = {"duizend": 1000, "honderd": 100}
TENFOLD = {name: 10 * number for number, name in enumerate(TENS, 2)}
JOINED = re.compile(rf"(?P<one>{'|'.join(ONES[1:10])})en(?P<ten>{'|'.join(TENS)})")


def number_of(text: str) -> int | None:
    """Return the whole number that a word or figures say, such as vijfentwintighonderd; or None."""
    word = plain(text)
    if word.isascii() and word.isdigit():
        return int(word)
    for name, size in LARGE.items():
        before, found, after = word.partition(name)
        if found:
            many = number_of(before) if before else 1
            rest = number_of(after.removeprefix("en")) if after else 0
            return None if many is None or rest is None else many * size + rest
    if joined := JOINED.fullmatch(word):
        return SMALL[joined["one"]] + TENFOLD[joined["ten"]]
    return SMALL.get(word, TENFOLD.get(word))


# Periods -----------------------------------------------------------------------------------------

NUMBER = r"(?:\d{1,3}|[a-zéë]{3,40})"
UNIT = r"(?:(?:kalender)?(?:jaar|jaren)|kwartaal|kwartalen|maand(?:en)?|week|weken|dag(?:en)?)"
HALF = rf"(?:(?P<whole>{NUMBER}) en een half|(?P<half>anderhalf|een half|half)) jaar"
COUNTED = rf"(?P<count>{NUMBER})(?: \(\w+\))? (?P<unit>{UNIT})\b"
YEARS_LONG = r"\b(?P<years>[a-z]{3,20}?|\d{1,2}-?)jarige?\b"
ONE = words(rf"\b(?:{HALF}|{COUNTED})|{YEARS_LONG}")
PERIOD = (
    rf"(?:{NUMBER} en een half jaar|anderhalf jaar|(?:een )?half jaar|{NUMBER}(?: \(\w+\))?"
    rf" {UNIT})"
)
PERIOD = rf"(?:{PERIOD}(?: en {PERIOD})?)\b"
ALSO = re.compile(r"\s+en\s+", re.IGNORECASE)
FROM_TO = rf"(?:\d+|{'|'.join(SMALL)}) (?:tot|à|of) {NUMBER} {UNIT}"  # no length at all
LENGTHS = {"jaar": 12, "jaren": 12, "kwarta": 3, "maand": 1}
IN_DAYS = {"week": 7, "weken": 7, "dag": 1}


def periods(text: str, _proposal: Proposal) -> Readings:
    """Return the lengths of time in a text; those that “en” joins are one."""
    found: list[tuple[int, int, Period]] = []
    for match in ONE.finditer(text):
        if (length := _length(match)) is None:
            continue
        begin = match.start()
        if found and ALSO.fullmatch(text[found[-1][1] : begin]):
            begin, _, before = found.pop()
            length = before + length
        found.append((begin, match.end(), length))
    return {str(length): STATED for _, _, length in found}


def _length(match: re.Match[str]) -> Period | None:
    if match["half"]:
        return Period(months=18 if match["half"].lower() == "anderhalf" else 6)
    number = number_of(match["whole"] or match["count"] or match["years"].rstrip("-"))
    if not number:
        return None
    if match["whole"]:
        return Period(months=12 * number + 6)
    unit = (match["unit"] or "jaar").lower().removeprefix("kalender")
    if months := _size(unit, LENGTHS):
        return Period(months=months * number)
    return Period(days=_size(unit, IN_DAYS) * number)


def _size(unit: str, sizes: Mapping[str, int]) -> int:
    return next((size for name, size in sizes.items() if unit.startswith(name)), 0)


TURNS = {
    r"per (?:kalender)?jaar|jaarlijkse?|(?:ieder|elk) jaar|p\.j\.": "P1Y",
    r"per half ?jaar|halfjaarlijkse?": "P6M",
    r"per kwartaal|(?:ieder|elk) kwartaal|kwartaalbijdrage": "P3M",
    r"per maand|maandelijkse?|(?:iedere|elke) maand": "P1M",
}
REPORTS = r"\w*(?:verslag|rapport|verantwoord|evalu|overleg|gesprek)"


def turns(text: str, _proposal: Proposal) -> Readings:
    """Return how often something comes back, such as “per jaar”; no report, and nothing one-off."""
    if words(r"\beenmalige?\b").search(text):
        return {}
    return {
        period: STATED
        for pattern, period in TURNS.items()
        if words(rf"\b(?:{pattern})(?!\w)(?! (?:\w+ ){{0,3}}?{REPORTS})").search(text)
    }


# Amounts -----------------------------------------------------------------------------------------

FIGURES = r"(?:\d{1,3}(?:(?:\.\d{3})+|(?: \d{3})+)|\d{1,9})(?:,(?:\d\d(?!\d)|-{1,2}|–|=))?"
TOO_LARGE = (
    r"(?!(?:,\S{1,2})? ?(?:miljoen|mln|miljard|mld|ton\b|k\b|duizend|x 1|(?:tot|à|-|–) ?€)"
    r"|[.,]?\d)"
)
NOT_TIMES = r"(?<![x×])(?<![x×]\s)"  # “bedragen x € 1.000” heads a table
WHOLE = r"(?<!-\n)\b"  # no half of a word
IN_WORDS = rf"(?:{FIGURES}|[a-zéë-]{{3,60}}) euro\b"
AMOUNT = rf"(?:{NOT_TIMES}(?:€|\bEUR) ?{FIGURES}{TOO_LARGE}|{WHOLE}{IN_WORDS})"
AMOUNTS = words(
    rf"{NOT_TIMES}(?:€|\bEUR) ?(?P<figures>{FIGURES}){TOO_LARGE}"
    rf"|(?<![\d.,]){WHOLE}(?P<before>{FIGURES}|[a-zéë-]{{3,60}}) euro\b"
)
CENTS = re.compile(r",(\d\d)?.*$")


def amounts(text: str, _proposal: Proposal) -> Readings:
    """Return the amounts of euros; a point before three figures is a thousand, which is inferred.

    Somebody who types 1.000 is asked which of two amounts it is; in a text it stands beside a €.
    """
    found: dict[str, SourceStatus] = {}
    for match in AMOUNTS.finditer(text):
        written = match["figures"] or match["before"]
        cents = CENTS.search(written)
        whole = number_of(CENTS.sub("", written))
        if whole is not None:
            amount = f"{whole}.{(cents and cents[1]) or '00'}"
            surely = found.get(amount) is STATED or cents or "." not in written
            found[amount] = STATED if surely else INFERRED
    return found


# Days --------------------------------------------------------------------------------------------

DAY = rf"(?:\d{{1,2}} (?:{MONTHS}) \d{{4}}|\d{{1,2}}-\d{{1,2}}-\d{{4}}|\d{{4}}-\d\d-\d\d)"
LAST = rf"\d{{1,2}} (?:{MONTHS}) (?:jl\.?|jongstleden|j\.l\.)"
DAYS = words(rf"\b(?P<whole>{DAY})|\b(?P<day>\d{{1,2}} (?:{MONTHS})) (?:jl\b|jongstleden|j\.l\.)")
A_DAY = fact_type_for(date)


def days(text: str, proposal: Proposal) -> Readings:
    """Return the civil days; one of “jl.” is the last before the decision, which is inferred."""
    found: dict[str, SourceStatus] = {}
    for match in DAYS.finditer(text):
        if match["whole"]:
            found |= dict.fromkeys(_day(match["whole"]), STATED)
        elif proposal.decided_on:
            year = proposal.decided_on.year
            both = [day for y in (year, year - 1) for day in _day(f"{match['day']} {y}")]
            past = [day for day in both if day <= proposal.decided_on.isoformat()]
            found |= dict.fromkeys(past[:1], INFERRED)
    return found


def _day(text: str) -> Iterator[str]:
    with suppress(ValueError):
        assert A_DAY
        yield str(A_DAY.parse(typed(one_space(text), A_DAY)))


# Names -------------------------------------------------------------------------------------------

BODIES = (
    "gemeente|provincie|waterschap|wetterskip|hoogheemraadschap|stichting|vereniging|coöperatie"
    "|cooperatie|veiligheidsregio|omgevingsdienst|woningcorporatie|woningstichting|universiteit|hogeschool|ggd"
)
PLURALS = {"gemeenten": "gemeente", "gemeentes": "gemeente", "provincies": "provincie"}
PLURALS |= {"waterschappen": "waterschap", "stichtingen": "stichting"}
SMALL_WORD = r"(?:van|der|den|de|het|aan|op|in|en|'t|’t|te|ter|voor)"
CAPITAL = r"(?:['’]s-)?[A-Z0-9À-Ý][\w'’&-]*(?:\.(?:[a-z]\w+|\d+))*"
ARTICLE = r"(?:[Dd]e|[Hh]et|[Dd]iens|[Oo]nze)"
NOT_A_BODY = rf"(?!(?i:{BODIES}|{'|'.join(PLURALS)})\b)"
WITH_AND = (
    r"Aa en Maas|Rijn en IJssel|Vallei en Veluwe|Hunze en Aa['’]s|Schieland en de Krimpenerwaard"
)
APART = (
    rf"(?:[ ]+|\n(?!{OPENS}|[^\n]{{0,40}}(?:[:|]|\n"
    r"|$)))"  # a short line is a heading, or a row of a table
)
NAME = (
    rf"(?:{WITH_AND}|{NOT_A_BODY}{CAPITAL}"
    rf"(?:{APART}(?:(?!en\b){SMALL_WORD}{APART}){{0,2}}{NOT_A_BODY}{CAPITAL}){{0,5}}"
    r"(?: \((?:NH|ZH|[LOZ])\.?\))?)"  # there are two Bergens
)
BODY = rf"(?i:{BODIES})\s+{NAME}"
BODY_OF = re.compile(rf"\b(?P<body>(?i:{BODIES}))\s+(?P<name>{NAME})")
OTHER_BODY = rf"\s+en\s+(?:(?:de|het)\s+)?(?i:{BODIES})\b"
NAMES = rf"{NAME}(?:(?:\s*,\s+{NAME})*\s+en\s+{NAME}|(?:\s*,\s+{NAME})+(?={OTHER_BODY}))"
SEVERAL = re.compile(rf"\b(?P<bodies>(?i:{'|'.join(PLURALS)}))\s+(?P<names>{NAMES})")
BETWEEN = re.compile(r"\s*,\s+|\s+en\s+")
GOES_ON = re.compile(rf"\s+(?:en|&)\s+(?:{SMALL_WORD}\s+)?{NOT_A_BODY}{CAPITAL}|\s*/")
TRAILING = re.compile(rf"(?:\s+{SMALL_WORD})+$")


def parties(text: str, _proposal: Proposal) -> Readings:
    """Return the bodies that are named, as “Gemeente Beesel”.

    “de gemeenten Beek en Stein” are two; a name after which “en” joins another word may be longer
    than it seems, and is none.
    """
    found: dict[str, SourceStatus] = {}
    for match in SEVERAL.finditer(text):
        body = PLURALS[match["bodies"].lower()].capitalize()
        for name in BETWEEN.split(match["names"]):
            found[one_space(f"{body} {name}")] = STATED
    for match in BODY_OF.finditer(text):
        name = TRAILING.sub("", match["name"])
        if GOES_ON.match(text, match.end()):
            continue
        body = "GGD" if match["body"].lower() == "ggd" else match["body"].capitalize()
        found[one_space(f"{body} {name}")] = STATED
    return found


ABOUT = re.compile(
    r"\b(?:om|inzake|betreffende|over|voor|tot|genaamd|met betrekking tot|de|het|een)\b\s*"
    r"|[\"“”‘’']",
    re.IGNORECASE,
)


def title_words(text: str) -> str:
    """Return a title, or the words that hold it, without what joins its parts; in small letters."""
    return one_space(ABOUT.sub(" ", text)).casefold()
