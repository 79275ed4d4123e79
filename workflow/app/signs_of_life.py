"""Signs of life: when each daemon looked last, and when each scheduled work was done."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from states.model.phrase import Refusal, say
from workflow.app.app import App
from workflow.store import register

ENDED_BY_SIGNAL = range(128, 256)  # the exit code of who was told to stop


def leave_sign_of_life(app: App, daemon: str = register.BY_HAND, error: str | None = None) -> None:
    """Record that a daemon, or `looptijd tick`, has looked; with what failed, if anything did."""
    with app.writing(also_restored=True) as connection:
        register.beat(connection, daemon, app.clock.now(), error)


@contextmanager
def leaving_sign(app: App, work: str) -> Iterator[None]:
    """Record when work such as a backup was last done, or what it failed of, for `doctor`."""
    words = app.language.say
    error: str | None = words(say("it was ended"))
    try:
        yield
        error = None
    except SystemExit as ended:
        found = say("exit code {code}; see: looptijd {work}", code=ended.code, work=work)
        if not ended.code:
            error = None
        elif ended.code not in ENDED_BY_SIGNAL:
            error = words(found)
        raise
    except Refusal as refusal:
        error = "\n".join(map(words, refusal.sentences))
        raise
    except Exception as failed:
        error = str(failed) or repr(failed)
        raise
    finally:
        with suppress(Refusal):
            leave_sign_of_life(app, f"{register.WORK}{work}", error)


def sign_off(app: App, daemon: str) -> None:
    """Replace the sign of life of a daemon that is stopped on purpose by when that was."""
    with app.writing(also_restored=True) as connection:
        register.sign_off(connection, daemon, app.clock.now())
