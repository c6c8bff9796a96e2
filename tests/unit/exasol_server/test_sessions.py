"""EXA_ALL_SESSIONS: who is connected, and who is at work."""

import threading

from sme_helper.local.exasol.session import Session


def sessions(rows, session):
    return dict(rows("SELECT session_id, status FROM SYS.EXA_ALL_SESSIONS", session))


def test_open_sessions_are_listed_with_what_they_do_and_closed_ones_are_not(
    session, database, rows
):
    idle, busy = Session(database, "SYS"), Session(database, "SYS")
    in_the_middle, go_on = threading.Event(), threading.Event()

    def work():
        busy._as_transaction(lambda: (in_the_middle.set(), go_on.wait(10)))

    thread = threading.Thread(target=work)
    thread.start()
    assert in_the_middle.wait(10)
    assert sessions(rows, session) == {
        session.id: "EXECUTE SQL",
        idle.id: "IDLE",
        busy.id: "EXECUTE SQL",
    }
    go_on.set()
    thread.join()
    idle.close()
    assert sessions(rows, session) == {session.id: "EXECUTE SQL", busy.id: "IDLE"}
    busy.close()


def test_the_session_asking_finds_itself_by_current_session(session, rows):
    assert rows(
        "SELECT user_name FROM exa_all_sessions WHERE session_id = CURRENT_SESSION", session
    ) == [("SYS",)]
