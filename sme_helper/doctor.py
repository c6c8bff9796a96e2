"""`sme doctor`: the road from this machine to AWS, part by part, with the cure where it ends.

What concerns AWS is asked by the script SME_CHECK_SETUP inside the database, since it is the
database that calls AWS, with the keys of its CONNECTION: this machine may have no way there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sme_helper.database import Database
from sme_helper.errors import HelperError
from sme_helper.operations import Operations, spoken

OK, FAILED, SKIPPED = "ok", "failed", "skipped"

# What training and deploying take, apart from rights on schemas and CONNECTIONs.
TO_TRAIN = ("EXPORT",)
TO_DEPLOY = ("CREATE SCRIPT", "CREATE CONNECTION")
VERSION = "SELECT PARAM_VALUE FROM SYS.EXA_METADATA WHERE PARAM_NAME = 'databaseProductVersion'"
PRIVILEGES = "SELECT PRIVILEGE FROM SYS.EXA_SESSION_PRIVS"


class Check(NamedTuple):
    """One line: what was looked at, and what was found or what is wrong and helps."""

    name: str
    result: str
    message: str


def checkup(
    connect: Callable[[], Database],
    operations_on: Callable[[Database], Operations],
    arguments: Mapping[str, Any],
) -> Iterator[Check]:
    """All checks in their order, each as soon as it is done. Needs no part to be in order.

    Args:
        arguments: those of the macro `doctor` that were given.
    """
    try:
        database = connect()
    except HelperError as error:
        yield Check("database", FAILED, str(error))
        return
    with database:
        version = database.execute(VERSION).rows[0][0]
        user = database.execute("SELECT CURRENT_USER").rows[0][0]
        yield Check("database", OK, f"{user} is logged in to Exasol {version}")
        granted = {privilege for (privilege,) in database.execute(PRIVILEGES).rows}
        yield privileges(user, granted)
        try:
            yield from _inside(operations_on(database), arguments)
        except HelperError as error:
            yield Check("scripts", FAILED, str(error))


def privileges(user: str, granted: set[str]) -> Check:
    """What the user may do, of what no schema and no CONNECTION is needed for."""
    lacking = [privilege for privilege in TO_TRAIN if privilege not in granted]
    if lacking:
        missing = ", ".join(lacking)
        return Check(
            "privileges",
            FAILED,
            f"E-SME-158: {user} lacks {missing}, without which nothing can be trained. Ask for: "
            f"GRANT {missing} TO {user}",
        )
    # Who may create in any schema may create in an own one.
    to_deploy = [p for p in TO_DEPLOY if not {p, p.replace("CREATE", "CREATE ANY")} & granted]
    if to_deploy:
        grant = f"GRANT {', '.join(to_deploy)} TO {user}"
        return Check("privileges", OK, f"{user} may train. To deploy endpoints, ask for: {grant}")
    return Check("privileges", OK, f"{user} may train and deploy")


def _inside(operations: Operations, arguments: Mapping[str, Any]) -> Iterator[Check]:
    place = [arguments.get(name) for name in ("schema", "connection", "region")]
    site = operations.run("_site", "doctor", {}, *place)
    yield Check("scripts", OK, f"installed in schema {site['schema']}")
    names = ("endpoint_name", "instance_type", "s3_connection", "role", "bucket", "output_path")
    rows = operations.run("_check_setup", site, *(arguments.get(name) for name in names))
    for row in rows:
        yield Check(row["check_name"], row["result"], spoken(row["message"]))
