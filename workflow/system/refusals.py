"""Refusals that several rooms raise: what is not there, what may not be, what was mistyped."""

from states.model.phrase import Phrase, Refusal, say


class NotFound(Refusal):
    """There is no such agreement, office, mail or occurrence."""

    exit_code = 4


class BadRequest(Refusal):
    """A key or value that the action does not take."""


class Refused(Refusal):
    """It is not allowed as things are now; every objection is named, and what is possible."""

    exit_code = 3


class Failed(Refusal):
    """It went wrong, or a part of it did, and was no fault of what was asked."""

    exit_code = 1


def not_accepted(key: object, value: str, accepted: Phrase) -> Phrase:
    """Return that what was given for a key or an option cannot stand, and what can."""
    return say(
        "{key}: “{value}” is not accepted. {accepted}", key=key, value=value, accepted=accepted
    )


def given_twice(key: object) -> Phrase:
    """Return that a key stands more than once where it may stand once."""
    return say("“{key}” is given more than once.", key=key)


def what_is_wrong(error: Exception) -> Phrase | str:
    """Return why a row cannot be read: of its facts the first that is wrong, and how many are.

    All of it nobody reads.
    """
    if not isinstance(error, Refusal):
        return repr(error)
    first, count = error.sentences[0], len(error.sentences)
    return say("its facts do not fit: {problem} (problems: {count})", problem=first, count=count)


def what_failed(error: Exception) -> str:
    """Return what is kept of an error, for who looks: of a refusal its sentences."""
    return str(error) if isinstance(error, Refusal) else repr(error)
