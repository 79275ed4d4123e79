"""Audit exports and what the outside judge finds: of a register, or of an agreement by chance."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterable
from contextlib import redirect_stdout
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any
from unittest.mock import patch

from notifications.language import language
from states.dates.policy import Policy
from states.model.events import Event
from tests.clerk import Clerk
from tests.town import Town
from workflow.agreements.queries import DeadlineLine, steps_of
from workflow.agreements.receipts import last_changes, receipt
from workflow.engine.decider import facts_of
from workflow.outputs.audit import check
from workflow.outputs.audit.folder import CHECK, write_audit
from workflow.outputs.json.views import Views

UID = "6f1c7c1e-6a4e-5d0c-9a51-1f2d6f0f8a11"
Row = dict[str, Any]


# A register -------------------------------------------------------------------------------------


def exported(town: Town) -> Path:
    folder = town.folder / "audit"
    folder.mkdir(exist_ok=True)
    write_audit(town.app, folder)
    return folder


def judged(folder: Path) -> tuple[int, list[str]]:
    """Return the exit code of the judge, and what it found, in English.

    It is asked in this process: its start, and that of its helpers, takes five times as long.
    """
    assert (folder / "check.py").read_bytes() == CHECK.read_bytes()
    check.REGISTER.clear()
    with patch.object(check, "Pool", partial(ThreadPool, 1)), redirect_stdout(StringIO()) as told:
        code = check.main(str(folder), "--en")
    *found, _ = told.getvalue().splitlines()
    return int(code), found


def judged_by_an_auditor(folder: Path) -> tuple[int, list[str]]:
    """Return the same of the judge as an auditor runs it."""
    command = [sys.executable, "-I", str(folder / "check.py"), str(folder), "--en"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert not ran.stderr, ran.stderr
    *found, _ = ran.stdout.splitlines()
    return ran.returncode, found


# An agreement of a property test -----------------------------------------------------------------


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def register_of(clerk: Clerk) -> Row:
    """Return what the checker is told of the register in which an agreement stands."""
    rows = [{"adopted_at": text(at), "policy": json.loads(said)} for at, said in clerk.adopted]
    policies: list[check.Policy] = []
    for row in rows:
        policies.append(check.Policy(row, *policies[-1:]))
    moment = text(clerk.now)
    return {
        "uid": UID,
        "adoptions": 0,
        "exported_at": moment,
        "policies": policies,
        "others": {},
    }


def entry_of(clerk: Clerk) -> Row:
    """Return an agreement as an audit export has it, each mail accepted when it could leave."""
    agreement, recorded = clerk.agreement, clerk.dossier.recorded
    return {
        "ref": agreement.ref,
        "stage": agreement.stage,
        "outcome": agreement.ending,
        "facts": dict(facts_of(agreement)),
        "occurrences": {name: [item.status, text(item.at)] for name, item in recorded.items()},
        "events": [
            {"at": text(row.at), "hash": row.hash, "payload": row.payload} for row in clerk.rows
        ],
        "mails": [*_mails(clerk)],
    }


def _mails(clerk: Clerk) -> Iterable[Row]:
    queued = {event.cause: event.at for event in clerk.events}
    every = [(alert, who) for alert in clerk.alerts for who in alert.addressees]
    for number, (alert, who) in enumerate(every):
        name = f"{clerk.agreement.ref}|{alert.cause}|{who.role}|{who.office}|1"
        yield {
            "id": number,
            "rule": alert.rule,
            "cause": alert.cause,
            "role": who.role,
            "office": who.office,
            "generation": 1,
            "message_id": f"<{uuid.uuid5(uuid.UUID(UID), name)}@{UID}.looptijd>",
            "created_at": text(queued[alert.cause]),
            "status": "accepted",
            "accepted_at": text(alert.leaves_at),
            "reply": "250 2.0.0 accepted",
            "merged_into": None,
            "attempts": 1,
            "refusals": 0,
            "last_error": None,
        }


def findings(clerk: Clerk, entry: Row | None = None) -> list[str]:
    """Return what the checker finds, as text."""
    line = json.dumps(entry or entry_of(clerk))
    _, found, _ = check.judged(("", line), register_of(clerk))
    return [f"{key} {parts}" for key, parts in found]


# Receipts ----------------------------------------------------------------------------------------


def why(lines: Iterable[DeadlineLine], policy: Policy, events: Iterable[Event]) -> list[Row]:
    """Return what `why --json` tells of these steps, as it is read again."""
    views, made = Views(language("nl"), policy.local), last_changes(events)
    rows = [
        views.deadline(it, policy)
        | {"receipt": receipt(it.deadline, it.occurrence, it.agreement, policy, made)}
        for it in lines
    ]
    found: list[Row] = json.loads(json.dumps(views.plain(rows)))
    return found


def why_of(clerk: Clerk) -> list[Row]:
    lines = steps_of(clerk.dossier, clerk.policy, clerk.today, clerk.today)
    return why(lines, clerk.policy, clerk.events)


def differences(rows: Iterable[Row]) -> list[str]:
    """Return what the checker computes otherwise than these receipts say, as text."""
    return [
        f"{row['occurrence']}: {part} is {said}, not {found}"
        for row in rows
        for part, said, found in check.differing(row, row["receipt"])
        if said != found
    ]
