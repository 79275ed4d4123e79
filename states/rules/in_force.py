"""What the stages of an agreement in force share: what moves it on, and what is watched."""

from states.rules.deadline_rules import CONTINUATION, EXPIRY, PAYMENT
from states.rules.evaluations import EVALUATION_RULE
from states.rules.missing_facts import MISSING_FACT
from states.rules.notice import NOTICE, RENEWAL
from states.rules.obligations import OBLIGATION
from states.rules.stage_conditions import TO_ENDED, TO_RENEWED, TO_SIGNING

MOVES_IN_FORCE = (TO_SIGNING, TO_RENEWED, TO_ENDED)
WATCHED_IN_FORCE = (
    PAYMENT,
    OBLIGATION,
    EVALUATION_RULE,
    CONTINUATION,
    EXPIRY,
    NOTICE,
    RENEWAL,
    MISSING_FACT,
)
