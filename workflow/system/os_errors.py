"""The words of the system, SQLite and the TOML parser as phrases: those that operators meet."""

import re
import tomllib

from states.model.phrase import Phrase, say

LINE_NAMED = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")
DECLARED = re.compile(r"Cannot declare \((.+?),?\) twice")

TOO_LARGE = say("too large or too deep")  # of a file that its parser gives up on
KNOWN = {
    phrase.text: phrase
    for phrase in (
        say("No such file or directory"),
        say("Permission denied"),
        say("Operation not permitted"),
        say("Is a directory"),
        say("Not a directory"),
        say("File exists"),
        say("Device or resource busy"),
        say("No such device or address"),
        say("File name too long"),
        say("File too large"),
        say("No space left on device"),
        say("Disk quota exceeded"),
        say("Read-only file system"),
        say("Input/output error"),
        say("Stale file handle"),
        say("No locks available"),
        say("Too many open files"),
        say("Too many levels of symbolic links"),
        say("Connection refused"),
        say("Connection reset by peer"),
        say("Connection timed out"),
        say("Name or service not known"),
        say("No address associated with hostname"),
        say("No route to host"),
        say("Network is unreachable"),
        say("Temporary failure in name resolution"),
        say("there is a user name for the relay, and no password"),
        say("attempt to write a readonly database"),
        say("database is locked"),
        say("canceling statement due to lock timeout"),
        say("canceling statement due to statement timeout"),
        say("database or disk is full"),
        say("disk I/O error"),
        say("database disk image is malformed"),
        say("file is not a database"),
        say("unable to open database file"),
        say("Expected '=' after a key in a key/value pair"),
        say("Expected ']' at the end of a table declaration"),
        say("Expected ']]' at the end of an array declaration"),
        say("Expected newline or end of document after a statement"),
        say("Invalid initial character for a key part"),
        say("Invalid statement"),
        say("Invalid value"),
        say("Unterminated string"),
        say("Illegal character '\\n'"),
        say("Unclosed array"),
        say("Unclosed inline table"),
        say("Invalid date or datetime"),
        say("Unescaped '\\' in a string"),
        say("Cannot overwrite a value"),
        TOO_LARGE,
    )
}


def reason_of(error: OSError) -> Phrase | str:
    """Return what the system says of an error, or else its kind."""
    return in_words(error.strerror or type(error).__name__)


def in_words(text: str) -> Phrase | str:
    """Return a text as a phrase where it is known; other words stay as they are."""
    return KNOWN.get(text, text)


def not_toml(error: Exception, text: str) -> tuple[int, Phrase]:
    """Return on which line a text is no TOML, and what the parser has to say of it."""
    reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else TOO_LARGE.text
    named = LINE_NAMED.search(reason)
    line = int(named[1]) if named and named[1] else len(text.splitlines())
    words = _of_toml(LINE_NAMED.sub("", reason))
    return line, say("this is not valid TOML: {reason}.", reason=words)


def _of_toml(reason: str) -> Phrase | str:
    """Return what the parser says in words; a table that it names stands in it as in Python."""
    if twice := DECLARED.fullmatch(reason):
        name = ".".join(part.strip("'\"") for part in twice[1].split(", "))
        return say("the table [{name}] stands there already", name=name)
    return in_words(reason)
