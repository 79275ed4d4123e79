"""What a proposal's sentences look like: each pattern gives a fact, its value and its quote.

They are careful rather than complete. A value that a sentence denies, gives to somebody else, or
tells of another time is left to be asked.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from notifications.typed import plain
from states.model.agreement import SourceStatus
from states.model.stage import Ruling
from workflow.intake.proposals import law, readings
from workflow.intake.proposals.text import LONGEST_SENTENCE, OPENS, Proposal, one_space

# Sentences that speak of another agreement, another time, another payer, or of a mere possibility.
OTHER_TIME = (
    r"\b(?:vorige?|voorgaande|eerdere?|voormalige|toenmalige|destijds|oude|aflopende|huidige"
    r"|bestaande|lopende(?! (?:termijn|periode|looptijd))|resterende|oorspronkelijke|vroegere"
    r"|had|hadden|was|waren|gold|golden|liep|liepen|bedroeg|bedroegen|evalueerden?|blijkt|bleek"
    r"|bleken|verliep|verliepen|aannemers?|leveranciers?|opdrachtnemers?|verhuurders?"
    r"|(?:huur|arbeids|deel|koop|pacht|krediet|verwerkers)overeenkomst"
    r"|werd|werden|sloot|sloten|nu al|(?:wordt|worden) (?:\w+ )?vervangen|gebleken"
    r"|in \d{4} (?:is|zijn)|(?:is|zijn) (?:\w+ )?in \d{4}|verstrekt|verleend|betaald"
    rf"|{readings.FROM_TO})\b"
)
POSSIBLE = (
    r"\b(?:alternatie\w+|variant|scenario|stel|zou|zouden|bijvoorbeeld|concept|lening|overwogen"
    r"|optie is|onderzocht|streef\w*|streven|beoogde?)\b"
)
PERHAPS = rf"{POSSIBLE}|\b(?:indien|tenzij|niet|geen|optie|mogelijkheid|afgewezen|boete)\b"
UNSURE = rf"{OTHER_TIME}|{PERHAPS}"
ABOUT_MUCH = (
    r"\b(?:maximaal|maximum|hoogste|hooguit|minimaal|minstens|minste|circa|ca|ongeveer"
    r"|naar verwachting|raming|geraamd)\b"
)
OTHER_PAYER = (
    rf"\b(?:bijdrage|aandeel|deel|subsidie) van (?:de |het )?"
    rf"(?:(?!gemeente\b)(?:{readings.BODIES})|rijk|partners?"
    rf"|partijen|deelnemers?)\b"
    r"|\b(?:provincie|waterschap|stichting|partners?|deelnemers?|overige|andere|rijk"
    r"|gezamenlijk)\b"
    r"[^.;]{0,60}\b(?:draagt|dragen|betaalt|betalen|levert|leveren|stelt|stellen|bekostigt)\b"
    r"|\b(?:betaalt|betalen|vergoedt|vergoeden) (?:aan )?ons"
    r" (?:een|per|jaarlijks|de|het|eenmalig|€)"
    r"|\b(?-i:[A-ZÀ-Ý]\w+) (?:betaalt|vergoedt) (?:aan )?(?:de|onze) gemeente\b"
    r"|\b(?:inkomsten|opbrengst(?:en)?|baten|ontvangen wij|wij ontvangen)\b"
    r"|\b(?:totale|totaal van de|project)\w* ?kosten\b|\bper (?!(?:kalender)?jaar|half|kwartaal"
    r"|maand|\d|brief|saldo)\w+|\b(?:totale jaarlijkse|gezamenlijke|samen (?:betalen|dragen)"
    r"|alle (?:partijen|deelnemers))\b"
)
CHANGED = (
    r"\b(?:verhoog\w*|verhogen|verhoging|verlaag\w*|verlagen|verlaging|hoger|lager|extra|meer dan"
    r"|minder dan|waarvan|aanvraag|aangevraagde?|vraagt|gevraagd van|bevoegd|tot een bedrag"
    r"|waarborgsom|daalt|stijgt|toegezegd|vroeg|vervalt|beëindigd|(?:procent|helft) van)\b|% van\b"
)
MORE_AMOUNTS = readings.words(
    rf"[^.;€]{{0,30}}?(?:,|\ben|\bplus|\bdaarna) ?(?:(?!totaal|totale)\w+ ){{0,3}}{readings.AMOUNT}"
)
"""What goes on after an amount with the amount of another year, or for something else."""
THING = (
    r"\w*(?:pilot|proef|proefperiode|fase|beleid|plan|wet|verordening|vergunning|garantie"
    r"|verzekering|polis|project|programma|subsidie|regeling)s?"
)
OF_ANOTHER_THING = readings.words(
    rf"\b(?:de|het|een|deze|die|elke) (?:\w+ )?{THING}(?: \w+){{0,3}}? (?:loopt|heeft|duurt|wordt"
    r"|geldt|is|eindigt|kent|gaat|start|begint|treedt|verplicht)\b"
    r"|\b(?:looptijd|duur|eind|einde|afloop|start|begin|vervolg|verlenging|voortzetting) van"
    rf" (?:de|het|een|deze) (?:\w+ )?{THING}\b"
    rf"|\b[eë]value\w* (?:\w+ ){{0,3}}?(?:de|het) (?:\w+ )?{THING}\b"
    r"|\b(?:beleids|project|plan|pilot|subsidie)periode\b"
)
PAYER = re.compile(
    rf"\b(?:(?P<who>{readings.BODY})(?:\s+\w+){{0,2}}\s+(?:draagt|betaalt|levert|stelt|bekostigt)\b"
    rf"|bijdrage\s+van\s+(?:de\s+)?(?P<of>{readings.BODY}|{readings.NAME}))"
)
IN_PARTS = (
    r"\bin (?:(?:\w+ ){1,4}|kwartaal|maand)(?:termijnen|tranches|delen|gedeelten)\b"
    r"|\b(?:verdeeld|verspreid|gespreid) over\b"
    r"|\b(?!(?:een|één|1) ?\w* per)\w+ ?(?:keer|maal|x) per\b"
)
OF_THE_TERM_ITSELF = (  # and not of a year, a month, or what a council runs for
    r"(?!\w* van (?!(?:(?:de|het|een|deze|dit|die|onze|zijn|haar|\w*genoemde) (?:[\w-]+ ){0,2}?)?"
    r"(?:(?:contract|overeenkomst|samenwerkings)?(?:looptijd|duur|termijn|periode)"
    rf"|contract|samenwerking|{law.AGREEMENT})\b))"
)


def _another_pays(sentence: str, proposal: Proposal) -> bool:
    """Tell whether a sentence names who pays, and that is not the municipality that reads it."""
    payers = (match["who"] or match["of"] for match in PAYER.finditer(sentence))
    ours = plain(proposal.municipality)
    return bool(ours) and any(not ours.endswith(plain(who)) for who in payers)


OF_THE_TERM = ("term.", "evaluation.")
InSentence = tuple[law.Proposed, str]  # what a pattern found, and the sentence that it stands in


class Pattern(Struct, frozen=True):
    """Words that tell a fact, its value in a group; not in a sentence that `unless` matches."""

    path: str
    says: str
    unless: str = UNSURE
    needs: str = ""
    in_points: bool = False
    status: SourceStatus = readings.STATED

    def found(self, proposal: Proposal) -> Iterator[InSentence]:
        """Yield what this pattern finds."""
        for match in proposal.within_sentences(readings.words(self.says)):
            sentence = proposal.sentence_at(match.start())
            if len(sentence) > LONGEST_SENTENCE:
                continue
            if readings.words(self.unless).search(sentence):
                continue
            if self.needs and not readings.words(self.needs).search(sentence):
                continue
            if self.path.startswith("contribution."):
                more = MORE_AMOUNTS.match(proposal.written, match.end())
                if more or _another_pays(sentence, proposal):
                    continue
            if self.path.startswith(OF_THE_TERM) and OF_ANOTHER_THING.search(sentence):
                continue
            text = next(filter(None, (match[name] for name in match.groupdict())), "")
            value = law.value_of(self.path, text, proposal)
            if value:
                item = law.Proposed(path=self.path, value=value, quote=match[0], status=self.status)
                yield item, one_space(sentence).rstrip(";")


# One value each ----------------------------------------------------------------------------------

ITSELF = (
    r"(?:(?<!\bvan\s)(?<!\bvoor\s)(?<!\buit\s)(?<!\bbij\s)(?<!\bover\s)(?<!\btot\s)(?<!\bop\s)"
    r"(?<!\bin\s)(?<!\baan\s)|(?<=\baangaan\svan\s)|(?<=\bsluiten\svan\s))"
    rf"\b(?:de|het|een|deze|dit) (?:[\w-]+ ){{0,2}}?(?:{law.AGREEMENT}|samenwerking|dvo\b|sok\b)"
    rf"|(?:^|[.:;|]) ?(?:[\w-]+ )?{law.AGREEMENT}"
)
"""The agreement as what a sentence tells of; not the guarantee of an agreement."""
RUNS = rf"{ITSELF}|looptijd|aangegaan"
MONEY = r"(?<!totale\s)(?:\w*bijdrage|subsidie)|contributie|lidmaatschap\w*|\w*vergoeding|bedrag"
VALUE, VALUE_TOO = rf"(?P<value>{readings.PERIOD})", rf"(?P<other>{readings.PERIOD})"
LENGTH = rf"{VALUE}(?! (?:na|langer|korter|minder|meer|eerder|later)\b)"
AGAIN = rf"{UNSURE}|na afloop|telkens|steeds|\bom de\b|\belke?\b|\bieder|\bjaarlijks"
NOT_TACIT = (
    rf"{OTHER_TIME}|\bvoorkomen\b|\b(?:niet|geen|zonder) (?:meer |langer )?stilzwijgend"
    r"|\bstilzwijgend(?:(?! (?:als|indien|wanneer|tenzij)\b)[^,;.]){0,40} (?:niet|uitgesloten)\b"
    r"|\beenm(?:aal|alig)|\b(?:een|één|twee|drie|vier|\d+)(?: \(\d+\))? ?(?:maal|keer|x)\b"
)
"""Nor is what renews so many times a term that renews again and again."""
NOT_OURS = rf"{UNSURE}|{ABOUT_MUCH}|{OTHER_PAYER}|{CHANGED}"
NOT_EACH = rf"{NOT_OURS}|{IN_PARTS}|\b(?:(?:eerste|tweede|laatste) (?:contract)?jaar|te late)\b"
NOT_OF_THE_TERM = rf"{UNSURE}|\b(?:inzage|reageren|zienswijze|bezwaar|reces|subsidie|bijdrage)"
IN_A_CASE = (
    rf"{UNSURE}|^\W*(?:\d[\d.]*\W+)?(?:bij|als)\b|\bin (?:het )?geval\b|\bna (?:\w+ )?opzegging"
    r"|\b(?:wanprestatie|fusie|herindeling|onderdelen|huur|personeel|wettelijke|vonden|stelde)\b"
)
A_DAY = rf"(?P<value>{readings.DAY})"
BEFORE = (
    r"(?:voor|vóór|voorafgaand aan|voordat) (?:\w+ ){0,5}?"
    r"(?:einde?|afloop|aflopen|afloopt|verstrijken|einddatum|beëindiging)"
)
AFTER = (
    rf"\b(?:na {VALUE}"
    rf"|{VALUE_TOO} na (?:de )?(?:start|ingang|ondertekening|inwerkingtreding)\b"
    r"(?! van (?:\d|(?:de|het|een) (?!\w*(?:overeenkomst|convenant|samenwerking|looptijd)))))"
)
LABEL = "|".join(law.RULINGS)
COLLEGE = (
    r"(?:het )?college(?: van (?:b ?(?:&|en) ?w|burgemeester en wethouders))?"
    r"|burgemeester en wethouders|b ?(?:&|en) ?w"
)
SAID_ON = r"(?:d\.d\.|dd\.?|van|op|genomen op|in (?:de|zijn) vergadering van)"

NEVER = r"(?!)"
KEEPER = rf"{law.KEEPS_THE_FILE} ?[:|] ?"
PERSON = (
    r"(?-i:(?:[A-ZÀ-Ý]\.[ ]?)*(?:(?:van|de|den|der|ten|ter|te|’t|'t)[ ])*[A-ZÀ-Ý][\w’'-]+"
    r"(?:[ ](?:(?:van|de|den|der)[ ])*[A-ZÀ-Ý][\w’'-]+){0,3})"
)

PATTERNS = (
    Pattern(
        "case_owner.name",
        rf"{KEEPER}(?P<value>{PERSON})(?=[ ]?(?:[,;(|<\n]|$))",
        unless=NEVER,
    ),
    Pattern(
        "case_owner.email",
        rf"{KEEPER}{PERSON}[^\n@]{{0,40}}?(?P<value>[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+)",
        unless=NEVER,
    ),
    Pattern(
        "term.length",
        r"(?<!maximale\s)(?<!minimale\s)(?<!totale\s)(?<!beoogde\s)"
        rf"\blooptijd(?: heeft)?(?: van (?:de|het|deze|dit) {law.AGREEMENT})?,? ?(?:van |bedraagt "
        rf"|is |beslaat |omvat |[:|(] ?)?(?:een periode van |in totaal )?{LENGTH}",
        unless=rf"{OTHER_TIME}|{POSSIBLE}|\b(?:om|wilde|wilden|wenst\w*|vroeg|vraagt|stelde|kortere"
        r"|langere) (?:een )?(?:\w+ )?looptijd",
    ),
    Pattern(
        "term.length",
        rf"\b(?:aangegaan|gesloten|geldt|gelden|duurt|geldig)\b(?: (?!{ABOUT_MUCH})\w+){{0,3}}?"
        rf"(?: (?:voor|met)(?: de (?:duur|tijd)| een (?:periode|termijn|duur))?(?: van)?)?"
        rf" {LENGTH}",
        unless=rf"{OTHER_TIME}|\b(?:wordt|is|na|te|deze|de) verleng|[eë]valu|opzeg",
        needs=ITSELF,
    ),
    Pattern(
        "term.length",
        rf"\bvoor (?:de duur|een (?:periode|duur|termijn)|de periode) van {LENGTH}",
        unless=rf"{OTHER_TIME}|\bverleng|\bbijdrage|\bsubsidie|opzeg|{PERHAPS}",
        needs=law.AGREEMENT,
    ),
    Pattern("term.length", rf"\b(?P<value>[a-z]+jarige) {law.AGREEMENT}"),
    Pattern("term.open_ended", r"\b(?P<value>onbepaalde (?:tijd|duur))\b", needs=RUNS),
    Pattern(
        "term.start",
        rf"\b(?:ingangsdatum|startdatum|begindatum|met ingang van|ingaande(?: op| per)?"
        rf"|treedt in werking op|treedt op|gaat in op|gaat in per|ingaat op|gaat per"
        rf"|van kracht (?:op|per|vanaf)|start op|loopt van(?:af)?|geldt van(?:af)?|begint op"
        rf"|te rekenen vanaf|looptijd:? van|looptijd|periode(?: van)?) ?[:|]?(?: is| op)? ?{A_DAY}",
        unless=rf"{UNSURE}|wethouder|verordening|beleid|te verlengen|beëindig|opgezegd|indexe",
        needs=rf"{RUNS}|ingangsdatum|startdatum|begindatum",
    ),
    Pattern(
        "term.start",
        rf"\b(?:in werking|van kracht|gaat in|ingaat|ingang|start)[^.;]{{0,80}}?"
        rf"(?P<value>{'|'.join(law.STARTS)})"
        r"(?:[^.;]{0,40}?(?:getekend|ondertekend|ondertekening))?",
        needs=RUNS,
    ),
    Pattern(
        "term.last_day",
        rf"\b(?:tot en met|t/m|eindigt(?: van rechtswege)?(?: op)?|loopt af op"
        rf"|einddatum ?[:|]?(?: is)?) {A_DAY}",
        unless=NOT_OF_THE_TERM,
        needs=rf"einddatum|looptijd|aangegaan|^(?=[\s\S]*(?:{ITSELF}))"
        r"[\s\S]*\b(?:loopt|geldt|gelden|duurt|eindigt|geldig|gesloten|kracht|periode)\b",
    ),
    Pattern(
        "term.ends_before",
        rf"(?<!kracht\s)\btot {A_DAY}",
        unless=NOT_OF_THE_TERM,
        needs=rf"^(?=[\s\S]*(?:{RUNS}))"
        rf"[\s\S]*\b(?:loopt|geldt|duurt|looptijd)\b[^.;]{{0,60}}?\btot {readings.DAY}",
    ),
    Pattern(
        "term.renewal",
        r"\b(?:(?P<value>stilzwijgend)\w* (?:\w+ ){0,3}?(?:verlengd|verlenging|voortgezet)"
        r"|verlenging (?:vindt|geschiedt) (?P<other>stilzwijgend))",
        unless=NOT_TACIT,
    ),
    Pattern(
        "term.renewal",
        r"\b(?P<value>besloten|beslist|besluit|besluiten|beslissen)\b[^.;]{0,40}?\bover "
        r"[^.;]{0,40}?\b(?:voortzett?|verleng|vervolg)\w*",
        unless=rf"{UNSURE}|stilzwijgend|\bbesluit tot\b",
        needs=r"[eë]valu|einde|afloop|looptijd|termijn",
    ),
    Pattern(
        "term.renewal",
        r"\bover (?:\w+ ){0,2}(?:voortzetting|verlenging|vervolg) [^.;]{0,60}?"
        r"(?P<value>besloten|beslist|beslissen)\b",
        unless=rf"{UNSURE}|stilzwijgend",
    ),
    Pattern(
        "term.renewal_length",
        r"\b(?:verlenging (?:vindt|geschiedt) )?stilzwijgend\w* [^.;]{0,60}?(?:verlengd|plaats)"
        rf" (?:met|voor)(?: telkens| steeds)?(?: de duur van| een (?:periode|termijn|duur) van)?"
        rf"(?: telkens)? {VALUE}",
        unless=NOT_TACIT,
    ),
    Pattern(
        "term.renewal_length",
        rf"\bstilzwijgend\w* (?:telkens |steeds )?(?:met|voor)(?: telkens| steeds)?"
        rf"(?: de duur van| een (?:periode|termijn|duur) van)? {VALUE} verlengd",
        unless=NOT_TACIT,
    ),
    Pattern(
        "term.notice",
        rf"\bopzegtermijn ?[:|]?"
        rf"(?: (?:van|is|bedraagt|geldt|van ten minste|van minimaal))? ?{VALUE}",
        unless=IN_A_CASE,
    ),
    Pattern(
        "term.notice",
        rf"\b(?:opzegging|opzeggen|opgezegd|zegt|opzegt)\b[^.;]{{0,80}}?"
        rf"(?:(?:termijn|inachtneming) van(?: ten minste| minimaal)? {VALUE}"
        rf"|(?:uiterlijk|ten minste|minimaal) {VALUE_TOO}(?= (?:voor|vóór|voorafgaand|van te)))",
        unless=IN_A_CASE,
    ),
    Pattern(
        "term.notice",
        rf"\btermijn van {VALUE}[^.;]{{0,40}}?\b(?:opgezegd|opzeggen|op te zeggen)",
        unless=IN_A_CASE,
    ),
    Pattern(
        "term.notice",
        rf"\b(?:uiterlijk|ten minste|minstens|minimaal) {VALUE} {BEFORE}[^.;]{{0,60}}?"
        r"\b(?:opzegt|opzeggen|opgezegd|opzegging)",
        unless=rf"{OTHER_TIME}|{POSSIBLE}|\b(?:niet|geen) \w*(?:opzeg|opgezegd)|boete",
    ),
    Pattern(
        "evaluation.final.before_end",
        rf"{VALUE} {BEFORE}{OF_THE_TERM_ITSELF}[^.;]{{0,120}}?\b\w*[eë]valu\w+",
        unless=rf"{UNSURE}|tussentijds|opzeg",
    ),
    Pattern(
        "evaluation.final.before_end",
        rf"\b\w*[eë]valu\w*\b[^.;]{{0,140}}?{VALUE} {BEFORE}{OF_THE_TERM_ITSELF}",
        unless=rf"{UNSURE}|opzeg",
    ),
    Pattern(
        "evaluation.interim.after_start",
        rf"{AFTER}[^.;]{{0,60}}?\b(?:tussen)?(?:ge)?[eë]valu\w+",
        unless=AGAIN,
    ),
    Pattern(
        "evaluation.interim.after_start",
        rf"\b(?:tussen)?(?:ge)?[eë]valu\w*\b[^.;]{{0,60}}?{AFTER}",
        unless=AGAIN,
    ),
    Pattern(
        "contribution.amount",
        rf"\b(?:{MONEY})\b[^.;€]{{0,90}}?(?P<value>{readings.AMOUNT})",
        unless=NOT_EACH,
        in_points=True,
    ),
    Pattern(
        "contribution.amount",
        rf"(?P<value>{readings.AMOUNT})[^.;€]{{0,60}}?"
        rf"\b(?:bij te dragen|beschikbaar te stellen|te verlenen|toe te kennen)",
        unless=NOT_EACH,
        in_points=True,
    ),
    Pattern(
        "contribution.amount",
        rf"\b(?:{MONEY})\b[^.;€]{{0,60}}?"
        rf"\b(?:van|ad|à|bedraagt|is|ter hoogte van|groot) (?P<value>{readings.AMOUNT})",
        unless=NOT_EACH,
        needs=r"^(?=[\s\S]*\b(?:onze|gemeentelijke|jaarlijkse?|eenmalige?|wij|gemeente"
        r"|het college)\b)[\s\S]*(?:bijdrage|subsidie|contributie|lidmaatschap|vergoeding"
        r"|\b(?:draagt|dragen|betaalt|betalen|beschikbaar)\b)",
    ),
    Pattern(
        "contribution.amount",
        rf"\b(?:jaarlijkse |gemeentelijke |onze )?bijdrage (?:[a-zé]+ ){{0,2}}[:|] ?"
        rf"(?P<value>{readings.AMOUNT})",
        unless=NOT_EACH,
    ),
    Pattern(
        "contribution.total",
        rf"\b(?:in totaal|totale (?:bijdrage|subsidie))[^.;€]{{0,30}}?(?P<value>{readings.AMOUNT})",
        unless=NOT_OURS,
        in_points=True,
    ),
    Pattern(
        "contribution.budget_line",
        r"\b(?:vanuit|uit|ten laste van|binnen|gedekt uit|in) (?:het|de) "
        r"(?:\w+)?(?:budget|budgetpost|begrotingspost|post|product)(?: voor| van)? "
        r"[\"“‘']?(?P<value>[A-Z0-9a-z][^.,;:()\"”’'\n]{3,70}?(?:\n[^.,;:()\"”’'\n]{3,50}?)?)"
        r"[\"”’']?(?= (?:binnen|wordt|worden|gedekt|gefinancierd|gebracht|betaald|in de|van de"
        r"|op de)\b|[.,;(])",
        unless=rf"{OTHER_TIME}|\bniet\b|\bgeen\b",
        status=readings.INFERRED,
    ),
    Pattern(
        "overleg.agreed_on",
        rf"\bbestuurlijk overleg(?: \w+){{0,2}}? (?:van|op|d\.d\.|dd\.?) "
        rf"(?P<value>{readings.DAY}|{readings.LAST})",
        unless=r"\b(?:volgende|komende|zal|gepland)\b",
    ),
)


def singles(proposal: Proposal) -> Iterator[InSentence]:
    """Yield what each pattern finds."""
    asked = replace(proposal, written=";\n".join(text for _, text in points(proposal)))
    for pattern in PATTERNS:
        where = asked if pattern.in_points else proposal
        yield from pattern.found(where)


# Titles ------------------------------------------------------------------------------------------

AGREEMENTS = (
    r"(?i:(?:(?:anterieure|bestuurlijke?|intergemeentelijke?|regiona(?:al|le))\s+)?"
    r"(?:samenwerkings|uitvoerings|intentie|dienstverlenings|bestuurs|raam|subsidie|beheer)?"
    r"(?:overeenkomst|convenant)|intentieverklaring|samenwerkingsprotocol)"
)
NO_HEADING = (
    r"(?!\s*\n(?:[\w ]{2,30}:|\d+[.)]|\w+ (?:is|zijn|wordt|worden|heeft|hebben)\b))"
    r"(?!(?<=[a-z0-9])\s*\n[A-ZÀ-Ý][A-ZÀ-Ý &/?-]{2,}(?:\n|$))"
    rf"(?!\s*\n{OPENS})"
)
TITLE_NAME = (
    rf"(?!VAN\b|TOT\b|TUSSEN\b|INZAKE\b){readings.NOT_A_BODY}{readings.CAPITAL}(?:{NO_HEADING}\s+"
    rf"(?:{readings.SMALL_WORD}\s+){{0,2}}{readings.NOT_A_BODY}{readings.CAPITAL}){{0,6}}"
)
THEN = (
    r"(?=\s*(?:[.,;:()|\n]|$)|\s+(?:te|aan|is|heeft|wordt|met|tussen|voor|van|die|dat|in|op|om|per"
    r"|als|door|vast|ter|en|loopt|treedt|eindigt|zijn|ziet)\b)"
)
HEADED = re.compile(
    rf"^[| ]*(?i:onderwerp|betreft|titel)[ \t]*[:|]?[ \t]*[^\n|]*?"
    rf"(?P<value>\b{AGREEMENTS}\b[^\n|]{{3,140}}?(?<!-))"
    rf"[ \t|]*\n(?=(?:(?![a-zé])[\w/ .&-]{{2,40}}(?::|\||\n)|\d|{OPENS}))",
    re.MULTILINE,
)
QUOTED = re.compile(rf"\b(?P<kind>{AGREEMENTS})\s+[\"“‘'](?P<name>[^\"”’'\n]{{3,90}})[\"”’']")
NAMED = re.compile(
    rf"\b(?P<kind>{AGREEMENTS})(?:\s+(?:om|inzake|over|voor|genaamd|betreffende"
    rf"|met\s+betrekking\s+tot))?"
    rf"\s+(?P<name>{TITLE_NAME})(?:\s+te\s+\w+)?{THEN}"
)


def titles(proposal: Proposal) -> Iterator[law.Proposed]:
    """Yield the title and its short form: of a heading, else in quotes, else as it is named."""
    headed = HEADED.search(proposal.written)
    if headed and not QUOTED.search(headed["value"]):
        yield law.Proposed(path="title", value=_capital(headed["value"]), quote=headed["value"])
        return
    for pattern in (QUOTED, NAMED):
        for match in pattern.finditer(proposal.written):
            if readings.words(OTHER_TIME).search(proposal.sentence_at(match.start())):
                continue
            kind, name = match["kind"], one_space(match["name"])
            yield law.Proposed(path="title", value=f"{_capital(kind)} {name}", quote=match[0])
            yield law.Proposed(path="short_title", value=name, quote=match[0])
            return


def _capital(text: str) -> str:
    return one_space(text[:1].upper() + text[1:])


# Parties -----------------------------------------------------------------------------------------

PLURAL = rf"(?i:{'|'.join(readings.PLURALS)})\s+{readings.NAMES}"
MEMBER = (
    rf"(?:(?i:de|het|een|onze)\s+)?(?:\([^)]*\)\s+)?(?:{PLURAL}|{readings.BODY})(?:\s+\("
    rf"(?:[A-Za-z .]+)\))?"
)
JOINT = (
    r"\s*(?:[,;|]|\n[-•–*]?|\ben\b|\balsmede\b|\bevenals\b|,\s+en\b)\s*(?:[-•–*]\s*)?(?:"
    r"(?i:partij)\s*\d*:?\s*)?"
)
LISTED = rf"{MEMBER}(?:{JOINT}{MEMBER})*"
TOGETHER = re.compile(
    rf"\b(?:(?i:samen(?:\s+te\s+werken|werken)?\s+met|{AGREEMENTS}[^.;]{{0,80}}?(?:met|tussen)"
    rf"|(?:overeenkomst|convenant)\s+(?:te\s+sluiten|aan\s+te\s+gaan)\s+met"
    r"|partijen(?:\s+bij\s+(?:de|het|deze|dit)\s+\w+)?\s+zijn:?))\s+"
    rf"(?P<value>{LISTED})"
)
ROW = re.compile(
    rf"^[-•|\d. ]*(?i:(?:deelnemende\s+)?part(?:ijen|ners|ij)|deelnemers|ondertekenaars"
    rf"|contractpartijen|samenwerkingspartners?)"
    rf"(?:\s+(?i:zijn|bij\s+de\s+\w+|zijn\s+de\s+volgende))?\s*[:|\n]\s*[-•–*]?\s*"
    rf"(?P<value>{LISTED})",
    re.MULTILINE,
)
OURS = re.compile(
    rf"\b(?i:college\s+van\s+(?:burgemeester\s+en\s+wethouders|b\s?&\s?w)\s+van\s+(?:de\s+)?"
    rf"|(?<!mede\s)namens\s+(?:de\s+)?)"
    rf"(?P<value>(?i:gemeente)\s+{readings.NAME})"
)
NOT_PARTIES = (
    rf"{OTHER_TIME}|\b(?:overlegd|gesproken|afgestemd|vergeleken|vergelijk\w*|voorbeeld"
    r"|overleg|verschil\w*|anders dan|soortgelijke?|toetred\w*|toe te treden|samengegaan"
    r"|opgegaan|opgeheven|gefuseerd)\b"
)


def members(proposal: Proposal) -> Iterator[law.Proposed]:
    """Yield the parties: our own first, which is inferred, then those that are named together."""
    found: dict[str, law.Proposed] = {}
    if own := _own(proposal):
        found[plain(own.value)] = own
    for pattern in (ROW, TOGETHER):
        for match in pattern.finditer(proposal.written):
            if readings.words(NOT_PARTIES).search(proposal.sentence_at(match.start())):
                continue
            named = [*readings.parties(match["value"], proposal)]
            if readings.GOES_ON.match(proposal.written, match.end()):
                named = named[:-1]
            for name in named:
                item = law.Proposed(path="party", value=name, quote=match["value"])
                found.setdefault(plain(name), item)
    keys: set[str] = set()
    for item in found.values():
        yield replace(item, path=f"party.{key_of(item.value, keys)}.name")


def _own(proposal: Proposal) -> law.Proposed | None:
    """Return the municipality that it is for: the configured one, if the text names it.

    Where none is configured it is the one whose college decides.
    """
    ours = r"\s+".join(f"(?i:{re.escape(word)})" for word in proposal.municipality.split())
    named = re.search(ours, proposal.written) if ours else OURS.search(proposal.written)
    found = named and (named[0] if ours else named["value"])
    if not found:
        return None
    return law.Proposed(path="party", value=_capital(found), quote=found, status=readings.INFERRED)


def key_of(name: str, taken: set[str]) -> str:
    """Return a key for a name: without what kind of body it is, if that is free."""
    letters = re.sub(r"[^a-z0-9]+", "-", " ".join(map(plain, name.split()))).strip("-")
    short = re.sub(rf"^(?:{readings.BODIES})-".replace("ö", "o"), "", letters)[:60]
    key = short if short and short not in taken else letters[:60]
    taken.add(key)
    return key


# Decision points, the decision, documents --------------------------------------------------------

HEADING = re.compile(
    r"^(?:\d{1,2}[.)]?\s+)?(?:beslispunt(?:en)?|besluitpunten|(?:gevraagde?|voorgestelde?|te"
    r" nemen)\s+(?:beslissing|besluit(?:en)?)"
    r"|voorstel|(?:concept|ontwerp)?\s?besluit|advies|(?:het\s+college"
    r"|burgemeester\s+en\s+wethouders|wij|ondergetekende)"
    r"[^\n]{0,90}(?:besluit(?:en)?|besluit\s+om|gevraagd|voorgesteld|voor)(?:\s+om)?)\s*"
    r"(?:te\s+besluiten)?\s*:?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
ITEM = re.compile(
    r"(?:[ ]?\n)?^[ ]?(?:(?P<number>\d{1,2})\s?[.)\-:]+|[a-h][.)]|[-•–*])\s*(?=\S)", re.MULTILINE
)
SHORT_LINE = re.compile(r"[^\n.;,]{1,40}\n[A-Z]")  # a heading
ENDS = re.compile(
    r"[.;](?=[ ]?(?:\n|$))"
    r"|(?=\n(?:[A-Z][\w ]{2,40}:?[ ]?\n(?![a-z])|\d{1,2}[.)]? [A-Z][^\n]{0,60}\n))"
)


def points(proposal: Proposal) -> list[tuple[int, str]]:
    """Return the decision points with their numbers: the first list below a heading that asks."""
    headings = HEADING.finditer(proposal.written)
    lists = ([*_items(proposal.written, heading.end())] for heading in headings)
    return next(filter(None, lists), [])


def _items(text: str, place: int) -> Iterator[tuple[int, str]]:
    """Yield the items of a list of one kind; a short line is the heading of what comes after it."""
    number, numbered = 0, None
    while begin := ITEM.match(text, place):
        number, is_numbered = number + 1, bool(begin["number"])
        if is_numbered is not (is_numbered if numbered is None else numbered):
            return
        numbered = is_numbered
        if (numbered and int(begin["number"]) != number) or SHORT_LINE.match(text, begin.end()):
            return
        found = (ITEM.search(text, begin.end()), ENDS.search(text, begin.end()))
        place = min((match.start() for match in found if match), default=len(text))
        yield number, text[begin.end() : place].rstrip(" \n;.,")
        if found[1] and found[1].start() == place:
            place = found[1].end()


TAKEN = (
    r"(?<!concept\s)(?<!concept-)(?<!ontwerp-)(?<!gevraagd\s)(?<!gevraagde\s)(?<!voorgesteld\s)"
    r"(?<!voorgestelde\s)(?<!op\shet\s)"
)  # no decision that is asked for, and none that is only cited
ASK_MORE = {Ruling.HELD_OVER, Ruling.MANDATE, Ruling.AMENDED}
DECIDED = (
    readings.words(
        rf"{TAKEN}\b(?:besluit|beslissing)(?: van)?(?: (?:{COLLEGE}))? ?{SAID_ON} {A_DAY}"
        rf" ?[:,|]? ?(?P<label>{LABEL})\b"
    ),
    readings.words(
        rf"\b(?:{COLLEGE}) (?:heeft|hebben|besloot|besloten|besluit)(?: \w+)? (?:op|in"
        rf" (?:de|zijn) vergadering van) {A_DAY}(?: besloten)? (?P<label>{LABEL})\b(?: besloten)?"
    ),
    readings.words(
        rf"{TAKEN}\bbesluit(?: (?:{COLLEGE}))? ?[:|] ?(?P<label>{LABEL})[.,]? ?"
        rf"\(?(?:d\.d\.|op|datum:?|van)? ?{A_DAY}"
    ),
)


ENDS_THERE = re.compile(r"[ \t]*(?:[.)]|;?[ \t]*(?:\n(?![a-zé])|$))")
"""What stands after the words of a decision; one that goes on says more than its label."""


def decision(proposal: Proposal) -> Iterator[law.Proposed]:
    """Yield the college's decision: its day, what it was, and in which words.

    One that cannot be entered without more, such as until when it was held over, is asked.
    """
    for pattern in DECIDED:
        for match in pattern.finditer(proposal.written):
            outcome = law.value_of("decision.1.outcome", match["label"], proposal)
            if outcome in ASK_MORE or not ENDS_THERE.match(proposal.written, match.end()):
                continue
            for name, text in (("on", match["value"]), ("outcome", match["label"])):
                if value := law.value_of(f"decision.1.{name}", text, proposal):
                    yield law.Proposed(path=f"decision.1.{name}", value=value, quote=match[0])
            label = one_space(match["label"])
            yield law.Proposed(path="decision.1.label", value=label, quote=match[0])


DATED = re.compile(
    r"^[| ]*(?:datum|collegevergadering|vergadering|vergaderdatum)[^\n]{0,30}?(?P<value>"
    + readings.DAY.replace(" ", r"\s+")
    + ")",
    re.IGNORECASE | re.MULTILINE,
)
CITED = re.compile(
    rf"\((?P<title>[^()]{{6,160}}?),?\s+(?:d\.d\.|dd\.?)\s+"
    rf"(?P<value>{readings.DAY.replace(' ', chr(92) + 's+')})\)",
    re.IGNORECASE,
)


def documents(proposal: Proposal) -> Iterator[law.Proposed]:
    """Yield the documents that are cited with their date, between brackets."""
    for number, match in enumerate(CITED.finditer(proposal.written), start=1):
        title = one_space(match["title"])
        yield law.Proposed(path=f"document.{number}.title", value=title, quote=match[0])
        if value := law.value_of(f"document.{number}.dated", match["value"], proposal):
            yield law.Proposed(path=f"document.{number}.dated", value=value, quote=match[0])


ATTENDED = re.compile(
    r"\b(?i:namens)\s+(?:de\s+|het\s+)?(?i:gemeente|college)[^.;]{0,70}?"
    rf"(?P<value>(?i:wethouder|burgemeester)\s+{readings.NAME})"
)
