"""Whatever operators do and however the clock ticks: what must hold after every single step."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from states.dates.policy import Alerts
from tests.chance import AGREEMENTS, BEGINNINGS, HAPPENED, SETTINGS, begun, effort
from tests.clerk import Clerk
from tests.operators import DRAWN, Drawn, amendment, chosen, keys_of
from tests.truths import TRUTHS, a_setting_mails_nothing_for_the_past

MINUTES = st.sampled_from([1, 59, 24 * 60, 7 * 24 * 60]) | st.integers(0, 150 * 24 * 60)


class AnAgreement(RuleBasedStateMachine):
    """An agreement of which anything may be asked at any time."""

    clerk: Clerk

    @initialize(
        name=st.sampled_from(list(AGREEMENTS)),
        beginning=BEGINNINGS,
        happened=st.sampled_from(list(HAPPENED)),
        years=st.integers(0, 4),
    )
    def it_is_registered(self, name: str, beginning: str, happened: str, years: int) -> None:
        self.clerk = begun(name, beginning, happened, years)

    @rule(minutes=MINUTES)
    def time_passes_and_the_daemon_looks_late(self, minutes: int) -> None:
        self.clerk.tick(self.clerk.now + timedelta(minutes=minutes))

    @rule(minutes=st.sampled_from([0, 0, 1, 600, 5000]))
    def the_daemon_looks_when_something_is_due(self, minutes: int) -> None:
        due = max(self.clerk.now, self.clerk.next_alert_at or self.clerk.now)
        self.clerk.tick(due + timedelta(minutes=minutes))

    @rule(minutes=MINUTES)
    def time_passes_and_nobody_looks(self, minutes: int) -> None:
        self.clerk.now += timedelta(minutes=minutes)

    @rule(days=st.integers(1, 300))
    def the_daemon_is_never_late(self, days: int) -> None:
        self.clerk.until(self.clerk.now + timedelta(days=days))

    @rule(choice=st.integers(0, 400), drawn=DRAWN)
    def an_operator_acts(self, choice: int, drawn: Drawn) -> None:
        name = chosen(self.clerk, choice)
        self.clerk.act(name, keys_of(name, self.clerk, drawn))

    @rule(drawn=DRAWN)
    def an_operator_amends(self, drawn: Drawn) -> None:
        self.clerk.act("amend", amendment(self.clerk, drawn))

    @rule(alerts=st.sampled_from(SETTINGS))
    def a_setting_is_changed(self, alerts: Alerts) -> None:
        a_setting_mails_nothing_for_the_past(self.clerk, alerts)

    @invariant()
    def every_truth_holds(self) -> None:
        for truth in TRUTHS:
            truth(self.clerk)


TestAnAgreement = AnAgreement.TestCase
TestAnAgreement.settings = effort(40, steps=25)
