"""What happens to endpoints in time: models are loaded, updates succeed or are rolled back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .account import Account
from .clock import now
from .state import Record

if TYPE_CHECKING:
    from .inference import Model

SERVING = ("InService", "Updating", "RollingBack")
IN_PROGRESS = ("Creating", "Updating", "RollingBack", "Deleting")


def begin_creation(account: Account, record: Record) -> None:
    _after(account, record, "Creating", 1, _finish_creation)


def begin_update(account: Account, record: Record, update: dict[str, Any]) -> None:
    """Takes members of the record, such as its Variants, into service after a while.

    What serves goes on serving until then, and for good where the update fails.
    """
    change(account, record, Status="Updating", Update=update, FailureReason=None)
    _after(account, {**record, "Update": update}, "Updating", 1, _finish_update)


def begin_deletion(account: Account, record: Record) -> None:
    change(account, record, Status="Deleting")
    account.served.pop(record["Name"].lower(), None)
    _after(account, record, "Deleting", 0.5, _finish_deletion)


def _finish_creation(account: Account, record: Record) -> None:
    from .inference import UnusableModel

    try:
        account.served[record["Name"].lower()] = _load(account, record["Variants"])
    except UnusableModel as error:
        change(account, record, Status="Failed", FailureReason=str(error)[:1024])
    else:
        change(account, record, Status="InService")


def _finish_update(account: Account, record: Record) -> None:
    from .inference import UnusableModel

    update = record["Update"]
    try:
        account.served[record["Name"].lower()] = _load(account, update["Variants"])
    except UnusableModel as error:
        change(account, record, Status="RollingBack", FailureReason=str(error)[:1024])
        _after(account, record, "RollingBack", 0.5, _finish_rollback)
    else:
        change(account, record, Status="InService", Update=None, **update)


def _finish_rollback(account: Account, record: Record) -> None:
    change(account, record, Status="InService", Update=None)


def _finish_deletion(account: Account, record: Record) -> None:
    account.state.endpoints.delete(record["Name"])


def _load(account: Account, variants: list[dict[str, Any]]) -> dict[str, Model]:
    from .inference import ServedModel  # loads pandas, which takes a while

    return {
        variant["VariantName"]: ServedModel.load(
            variant["Containers"], account.objects, account.signing_key
        )
        for variant in variants
    }


def served_models(account: Account, record: Record) -> dict[str, Model]:
    """The models of an endpoint in service, by variant; loaded once."""
    key = record["Name"].lower()
    if key not in account.served:
        account.served[key] = _load(account, record["Variants"])
    return account.served[key]


def change(account: Account, record: Record, **changes: Any) -> None:
    account.state.endpoints.update(record["Name"], LastModifiedTime=now(), **changes)


def resume(account: Account) -> None:
    """After a restart: what was under way goes on, what was in service is loaded again."""
    finish = {
        "Creating": _finish_creation,
        "InService": _finish_creation,
        "Updating": _finish_update,
        "RollingBack": _finish_rollback,
    }
    for record in account.state.endpoints:
        if record["Status"] in finish:
            _after(account, record, record["Status"], 0, finish[record["Status"]])
        elif record["Status"] == "Deleting":
            account.state.endpoints.delete(record["Name"])


def _after(
    account: Account,
    record: Record,
    status: str,
    delays: float,
    work: Callable[[Account, Record], None],
) -> None:
    """Does the work when the endpoint may leave its status, after so many times the delay."""
    progress = account.progress

    def wait() -> None:
        progress.stay("endpoint", record["Name"], status, delays * progress.endpoint_delay)
        work(account, record)

    threading.Thread(target=wait, daemon=True).start()
