"""What a daemon does between ticks: seal the day that closed, queue the digests, and reconcile."""

from datetime import date

from msgspec import Struct, field

from workflow.app.app import CLOCK, RESTORED, App, why_held
from workflow.mail.overviews import queue_digests
from workflow.maintenance.reconcile import Reconciler
from workflow.maintenance.seal_days import seal_closed_day

NOT_NOW = frozenset({RESTORED, CLOCK})  # a day is not known, or not ours to judge


class Daily(Struct):
    """The daily work, in small steps, so that no alert waits for it."""

    reconciler: Reconciler = field(default_factory=Reconciler)
    digested: date | None = None
    """The day of the last digest that is known to be queued."""

    def begin(self, app: App) -> bool:
        """Do what mail waits for, a digest and the seal that it carries; False when none may."""
        with app.reading() as connection:
            if why_held(connection, app) in NOT_NOW:
                return False
        seal_closed_day(app)
        self.digested = queue_digests(app, self.digested)
        return True

    def step(self, app: App, *, fails: bool = False) -> None:
        """Do the next piece of what is still to be done today; first what a tick just failed of."""
        if self.begin(app):
            if fails:
                self.reconciler.look_at_failing(app)
            self.reconciler.step(app)

    def finish(self, app: App, *, fails: bool = False) -> None:
        """Do everything that is still to be done today; first what a tick just failed of."""
        self.step(app, fails=fails)
        if self.reconciler.after:
            self.reconciler.whole_pass(app)
