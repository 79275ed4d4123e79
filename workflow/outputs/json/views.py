"""The JSON of every command, as docs/reference/interface.md describes it."""

from notifications.retry_policy import MessageStatus
from workflow.agreements.queries import HistoryLine
from workflow.engine.private_values import ERASED
from workflow.intake.files.records import FileProblem
from workflow.intake.result import Imported
from workflow.outputs.json.agreement import DossierViews
from workflow.outputs.json.values import Json, parts_of
from workflow.people.office_queries import OfficeLine
from workflow.store.outbox.messages import OutboxRow


class Views(DossierViews):
    """Writes everything that a command prints, its sentences in one language."""

    # history -----------------------------------------------------------------------------------

    def event(self, line: HistoryLine) -> Json:
        """Return a row of `history`."""
        event = line.event
        return self.document(
            {
                **parts_of(event, "seq", "at"),
                "actor": self.opened(event.actor),
                **parts_of(event, "action", "on"),
                "from": event.stage_before,
                "to": event.stage,
                "outcome": event.ending,
                "changes": [
                    {"field": c.field, "old": self.opened(c.old), "new": self.opened(c.new)}
                    for c in event.changes
                ],
                "reason": self.opened(event.reason),
                "occurrence": event.occurrence,
                "superseded": [*event.superseded, *event.waived],
                **parts_of(event, "reopened", "nominal_on", "caught_up", "late_by"),
                "hash": line.hash,
            }
        )

    # mail --------------------------------------------------------------------------------------

    def mail(self, row: OutboxRow, *, held: str | None) -> Json:
        """Return a row of `mail list`; `held` tells why nothing leaves at the moment."""
        waits = row.status in {MessageStatus.QUEUED.value, MessageStatus.RETRY.value}
        erased = row.subject is not None and row.address is None
        return self.document(
            {
                "id": str(row.id),
                "ref": row.ref,
                "rule": row.rule,
                "occurrence": row.cause,
                "role": row.role,
                "office": row.office,
                "to": ERASED if erased else row.address,
                "subject": row.subject,
                "status": MessageStatus.HELD if held and waits else row.status,
                "attempts": row.attempts,
                "message_id": row.message_id,
                "created_at": row.created_at,
                "next_attempt_at": row.next_attempt_at,
                "accepted_at": row.accepted_at,
                "reply": row.reply,
                "last_error": row.last_error,
                "merged_into": str(row.merged_into) if row.merged_into else None,
            }
        )

    # import and offices ------------------------------------------------------------------------

    def imported(self, result: Imported) -> Json:
        """Return what an import did."""
        return self.document(
            {
                **parts_of(result, "created", "unchanged", "offices", "summaries"),
                "warnings": [{"ref": ref, "warning": warning} for ref, warning in result.warnings],
                "problems": [self.problem(problem) for problem in result.problems],
                "forecast": result.forecast and result.forecast.counts(),
            }
        )

    def problem(self, problem: FileProblem) -> Json:
        """Return one problem of a file."""
        place = {"sheet": problem.sheet or None, "column": problem.column or None}
        return self.document(parts_of(problem, "file", "line", "key", "problem", "remedy") | place)

    def office(self, line: OfficeLine) -> Json:
        """Return a row of `office list`."""
        return {
            **parts_of(line.office, "key", "name"),
            **parts_of(line, "holder", "email", "resolves_through"),
            "fallback": line.office.fallback,
            **parts_of(line, "agreements", "erased"),
        }
