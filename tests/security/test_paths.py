"""No text becomes a path of its own choice: neither in a mail's file nor in a reference."""

import re
from pathlib import Path

import pytest

from notifications.directory import file_name
from states.model.fact_types import fact_type_for
from states.rules.continuation import DECIDE_CONTINUATION
from tests.security.clerk import Clerk
from tests.town import CASE, OFFICES, REF

CLIMBING = ("../../etc/passwd", "/etc/passwd", "..", ".", "a/../../b", "a\0b", "~root/x", "C:\\x")


@pytest.mark.parametrize("text", CLIMBING)
def test_the_name_of_a_mail_s_file_is_never_a_path(text: str) -> None:
    name = file_name(f"<{text}>")

    assert Path(name).name == name
    assert not {"/", "\0", "\\"} & set(name)
    assert name not in {".", ".."}


@pytest.mark.parametrize("ref", [*CLIMBING, "a b", "-rf", ".hidden"])
def test_a_reference_is_never_a_path(clerk: Clerk, ref: str) -> None:
    escaped = ref.replace("\\", "\\\\").replace("\0", "\\u0000")
    case = OFFICES + CASE.replace(REF, escaped)

    result = clerk.runs("import", clerk.file("case.toml", case))
    assert (result.exit_code, "ref:" in result.output) == (2, True)


@pytest.mark.parametrize("ref", [*CLIMBING, "a b", "-rf", ".hidden", "", "x" * 65, "é"])
def test_a_successor_s_reference_is_one_that_a_file_may_have(ref: str) -> None:
    (argument,) = (one for one in DECIDE_CONTINUATION.arguments if one.name == "successor")
    fact_type = fact_type_for(argument.kind)

    assert fact_type
    assert fact_type.parse("SO-2017-0042-2") == "SO-2017-0042-2"
    with pytest.raises(ValueError, match=f"^{re.escape(ref)[:20]}"):
        fact_type.parse(ref)
