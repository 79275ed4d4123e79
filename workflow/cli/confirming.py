"""Yes or no, asked in the language that is spoken: click itself knows y and n only."""

import click

from notifications.language import Language
from states.phrase import Phrase, say

CHOICES = {True: say("Y/n"), False: say("y/N")}
YES, NO = frozenset({"y", "yes", "j", "ja"}), frozenset({"n", "no", "nee"})


def confirmed(words: Language, question: Phrase, *, default: bool) -> bool:
    """Ask until the answer is yes or no, in Dutch or English; Enter is the default."""
    shown = f"{words.say(question)} [{words.say(CHOICES[default])}]"
    while True:
        text: str = click.prompt(shown, default="", show_default=False, prompt_suffix=": ")
        answer = text.strip().lower()
        if not answer:
            return default
        if answer in YES | NO:
            return answer in YES
        click.echo(words.say(say("Answer yes or no.")))
