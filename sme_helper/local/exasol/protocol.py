"""Exasol's WebSocket API (versions 1 to 3): one client connection, from log-in to disconnect."""

from __future__ import annotations

import json
import logging
import queue
import threading
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from . import encode, login, metadata, prepared, requests
from .database import RELEASE_VERSION, Database
from .errors import SqlError
from .results import Column, Result
from .session import Session
from .websocket import ConnectionClosed, WebSocket

log = logging.getLogger(__name__)

_PROTOCOL_VERSION = 3
_HEARTBEAT_SECONDS = 1.0
_INLINE_ROWS = 1000
_MAX_FETCH_BYTES = 64 << 20


@dataclass
class _OpenResult:
    """A result set that the client fetches piece by piece."""

    table: pa.Table
    columns: list[Column]


class ClientConnection:
    """Answers one client until it disconnects."""

    def __init__(self, websocket: WebSocket, database: Database, login_key, host: str):
        self._websocket = websocket
        self._database = database
        self._login_key = login_key
        self._host = host
        self._compress = False
        self._session: Session | None = None
        self._results: dict[int, _OpenResult] = {}
        self._statements: dict[int, prepared.PreparedStatement] = {}
        self._next_handle = 1
        self._commands = {
            "execute": self._execute,
            "executeBatch": self._execute_batch,
            "fetch": self._fetch,
            "closeResultSet": self._close_result_sets,
            "createPreparedStatement": self._create_prepared,
            "executePreparedStatement": self._execute_prepared,
            "closePreparedStatement": self._close_prepared,
            "getAttributes": lambda request: {"attributes": self._attributes()},
            "setAttributes": lambda request: {"attributes": self._attributes()},
            "getHosts": self._get_hosts,
            "getResultSetHeader": self._get_headers,
            "disconnect": lambda request: {"attributes": self._attributes()},
        }

    def run(self) -> None:
        """Serves the client.

        Raises:
            ConnectionClosed: the client left without a good-bye.
        """
        if not self._login():
            self._websocket.shut_down()
            return
        waiting: queue.Queue[dict | None] = queue.Queue()
        reader = threading.Thread(target=self._read_requests, args=(waiting,), daemon=True)
        reader.start()
        try:
            while (request := self._next_request(waiting)) is not None:
                self._send(self._answer(request))
                if request.get("command") == "disconnect":
                    break
        finally:
            self._session.close()
            self._websocket.shut_down()
            reader.join()

    def _next_request(self, waiting: queue.Queue) -> dict | None:
        """What the client asks for next; None if it has left, or is idle for IDLE_TIMEOUT."""
        seconds = int(self._session.parameters["IDLE_TIMEOUT"])
        try:
            return waiting.get(timeout=seconds or None)
        except queue.Empty:
            return None

    # --- messages

    def _send(self, message: dict) -> None:
        text = json.dumps(message, separators=(",", ":"))
        if self._compress:
            self._websocket.send_binary(zlib.compress(text.encode(), 1))
        else:
            self._websocket.send_text(text)

    def _receive(self) -> dict:
        message = self._websocket.receive()
        try:
            request = json.loads(zlib.decompress(message) if self._compress else message)
        except (ValueError, zlib.error) as error:
            raise ConnectionClosed(f"not a request: {error}") from error
        if not isinstance(request, dict):
            raise ConnectionClosed("not a request")
        return request

    def _read_requests(self, waiting: queue.Queue) -> None:
        """Reads beside the running statement, so that abortQuery (unanswered) can stop it."""
        try:
            while True:
                request = self._receive()
                if request.get("command") == "abortQuery":
                    self._session.abort()
                else:
                    self._session.aborted.clear()  # an abort before this request is past
                    waiting.put(request)
        except (ConnectionClosed, OSError):
            self._session.abort()
        except Exception:
            log.exception("reading from a client failed")
        finally:
            waiting.put(None)

    def _answer(self, request: dict) -> dict:
        try:
            with self._heartbeat(), self._time_limit() as timed_out:
                return self._answer_in_time(request, timed_out)
        except SqlError as error:
            return self._error(error.text, error.code)
        except ConnectionClosed:
            raise
        except Exception as error:
            log.exception("command %s failed", request.get("command"))
            return self._error(f"internal error: {type(error).__name__}: {error}", "XX000")

    def _answer_in_time(self, request: dict, timed_out: threading.Event) -> dict:
        try:
            return {"status": "ok", **self._handle(request)}
        except SqlError as error:
            if timed_out.is_set():
                raise SqlError(
                    "Query terminated because timeout has been reached.", "R0001"
                ) from error
            raise

    def _error(self, text: str, code: str) -> dict:
        session = f" (Session: {self._session.id})" if self._session else ""
        return {"status": "error", "exception": {"text": text + session, "sqlCode": code}}

    def _handle(self, request: dict) -> dict:
        command = request.get("command")
        self._set_attributes(requests.members(request, "attributes"))
        if isinstance(command, str) and command in metadata.COMMANDS:
            return self._one_result(self._session.execute(metadata.COMMANDS[command](request)))
        handler = self._commands.get(command) if isinstance(command, str) else None
        if not handler:
            raise SqlError(f"unknown command {command}", "00000")
        return handler(request)

    @contextmanager
    def _heartbeat(self):
        """Sends a Pong every second while a statement runs: clients may have short time-outs."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(_HEARTBEAT_SECONDS):
                try:
                    self._websocket.send_pong()
                except ConnectionClosed:
                    return

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    @contextmanager
    def _time_limit(self):
        """Aborts what takes longer than QUERY_TIMEOUT; gives an event that tells so."""
        timed_out = threading.Event()
        seconds = int(self._session.parameters["QUERY_TIMEOUT"])
        if not seconds:
            yield timed_out
            return

        def stop() -> None:
            timed_out.set()
            self._session.abort()

        timer = threading.Timer(seconds, stop)
        timer.start()
        try:
            yield timed_out
        finally:
            timer.cancel()

    # --- log-in

    def _login(self) -> bool:
        request = self._receive()
        if request.get("command") != "login":
            self._send(self._error("Connection exception - only log-in by password.", "08004"))
            return False
        version = min(_PROTOCOL_VERSION, int(request.get("protocolVersion") or 1))
        self._send({"status": "ok", "responseData": login.public_key(self._login_key)})
        request = self._receive()
        user = login.user_name(str(request.get("username") or ""))
        password = login.decrypted(self._login_key, request.get("password"))
        if not login.is_allowed(self._database, user, password):
            self._send(self._error("Connection exception - authentication failed.", "08004"))
            return False
        self._session = Session(self._database, user, login.client(request, self._websocket))
        self._session.on_kill = self._websocket.shut_down
        try:
            self._set_attributes(requests.members(request, "attributes"))
        except SqlError as error:
            self._send(self._error(error.text, error.code))
            self._session.close()
            return False
        self._send(
            {
                "status": "ok",
                "responseData": self._session_description(version),
                "attributes": self._attributes(),
            }
        )
        self._compress = bool(request.get("useCompression"))
        return True

    def _session_description(self, version: int) -> dict:
        return {
            "sessionId": self._session.id,
            "protocolVersion": version,
            "releaseVersion": RELEASE_VERSION,
            "databaseName": "EXASOL",
            "productName": "EXASolution",
            "maxDataMessageSize": _MAX_FETCH_BYTES,
            "maxIdentifierLength": 128,
            "maxVarcharLength": 2000000,
            "identifierQuoteString": '"',
            "timeZone": self._session.parameters["TIME_ZONE"],
            "timeZoneBehavior": self._session.parameters["TIME_ZONE_BEHAVIOR"],
        }

    # --- attributes

    def _attributes(self) -> dict:
        parameters = self._session.parameters
        return {
            "autocommit": self._session.autocommit,
            "compressionEnabled": self._compress,
            "currentSchema": self._session.schema or "",
            "dateFormat": parameters["NLS_DATE_FORMAT"],
            "dateLanguage": parameters["NLS_DATE_LANGUAGE"],
            "datetimeFormat": parameters["NLS_TIMESTAMP_FORMAT"],
            "defaultLikeEscapeCharacter": parameters["DEFAULT_LIKE_ESCAPE_CHARACTER"],
            "feedbackInterval": int(_HEARTBEAT_SECONDS),
            "numericCharacters": parameters["NLS_NUMERIC_CHARACTERS"],
            "openTransaction": int(self._session.store.in_transaction),
            "queryTimeout": int(parameters["QUERY_TIMEOUT"]),
            "resultSetMaxRows": 0,
            "snapshotTransactionsEnabled": parameters["SNAPSHOT_MODE"] != "OFF",
            "timestampUtcEnabled": False,
            "timezone": parameters["TIME_ZONE"],
            "timeZoneBehavior": parameters["TIME_ZONE_BEHAVIOR"],
        }

    def _set_attributes(self, attributes: dict) -> None:
        session = self._session
        if attributes.get("currentSchema"):
            session.open_schema(requests.text(attributes, "currentSchema"))
        if "autocommit" in attributes:
            session.set_autocommit(bool(attributes["autocommit"]))
        if attributes.get("snapshotTransactionsEnabled"):
            session.parameters["SNAPSHOT_MODE"] = "SYSTEM TABLES"
        if "queryTimeout" in attributes:
            session.parameters["QUERY_TIMEOUT"] = str(requests.integer(attributes, "queryTimeout"))

    # --- statements

    def _execute(self, request: dict) -> dict:
        schema = self._session.schema
        answer = self._one_result(self._session.execute(requests.text(request, "sqlText")))
        if self._session.schema != schema:
            answer["attributes"] = {"currentSchema": self._session.schema or ""}
        return answer

    def _execute_batch(self, request: dict) -> dict:
        statements = requests.items(request, "sqlTexts", str)
        results = [self._result(self._session.execute(sql)) for sql in statements]
        return {"responseData": {"numResults": len(results), "results": results}}

    def _one_result(self, result: Result) -> dict:
        return {"responseData": {"numResults": 1, "results": [self._result(result)]}}

    def _result(self, result: Result) -> dict:
        if result.table is None:
            return {"resultType": "rowCount", "rowCount": int(result.rowcount)}
        description = self._header(result.columns, result.table.num_rows)
        if result.table.num_rows <= _INLINE_ROWS:
            description["numRowsInMessage"] = result.table.num_rows
            if result.table.num_rows:
                description["data"] = self._data(result.table, result.columns)
        else:
            handle = self._new_handle()
            self._results[handle] = _OpenResult(result.table, result.columns)
            description["resultSetHandle"] = handle
        return {"resultType": "resultSet", "resultSet": description}

    def _header(self, columns: list[Column], rows: int) -> dict:
        return {
            "numColumns": len(columns),
            "numRows": rows,
            "numRowsInMessage": 0,
            "columns": encode.columns(columns),
        }

    def _data(self, table: pa.Table, columns: list[Column]) -> list[list]:
        return encode.data(table, columns, self._session.parameters)

    def _new_handle(self) -> int:
        handle = self._next_handle
        self._next_handle += 1
        return handle

    def _open_result(self, handle: int) -> _OpenResult:
        if handle not in self._results:
            raise SqlError(f"invalid result set handle {handle}", "00000")
        return self._results[handle]

    def _fetch(self, request: dict) -> dict:
        result = self._open_result(requests.integer(request, "resultSetHandle"))
        start = requests.integer(request, "startPosition")
        size = min(requests.integer(request, "numBytes"), _MAX_FETCH_BYTES)
        row_bytes = max(8, result.table.nbytes // max(1, result.table.num_rows))
        part = result.table.slice(start, max(1, size // row_bytes))
        data = self._data(part, result.columns)
        return {"responseData": {"numRows": part.num_rows, "data": data}}

    def _get_headers(self, request: dict) -> dict:
        results = []
        for handle in requests.items(request, "resultSetHandles", int):
            result = self._open_result(handle)
            header = self._header(result.columns, result.table.num_rows)
            results.append({"resultType": "resultSet", "resultSet": header})
        return {"responseData": {"numResults": len(results), "results": results}}

    def _close_result_sets(self, request: dict) -> dict:
        for handle in requests.items(request, "resultSetHandles", int):
            self._results.pop(handle, None)
        return {}

    # --- prepared statements

    def _create_prepared(self, request: dict) -> dict:
        statement = prepared.prepare(self._session, requests.text(request, "sqlText"))
        handle = self._new_handle()
        self._statements[handle] = statement
        # Clients read `results` of a prepared statement even before it is run.
        if statement.columns is None:
            result = {"resultType": "rowCount", "rowCount": 0}
        else:
            header = self._header(statement.columns, 0)
            result = {"resultType": "resultSet", "resultSet": header}
        response = {"statementHandle": handle, "numResults": 1, "results": [result]}
        if statement.parameters:
            columns = [{"name": "", "dataType": type_.wire} for type_ in statement.parameters]
            response["parameterData"] = {"numColumns": len(columns), "columns": columns}
        return {"responseData": response}

    def _execute_prepared(self, request: dict) -> dict:
        handle = requests.integer(request, "statementHandle")
        if handle not in self._statements:
            raise SqlError(f"invalid statement handle {handle}", "00000")
        columns = requests.items(request, "data", list)
        if len({len(column) for column in columns}) > 1:
            raise SqlError("the columns of the data are of different lengths", "00000")
        rows = list(zip(*columns, strict=True))
        return self._one_result(prepared.execute(self._session, self._statements[handle], rows))

    def _close_prepared(self, request: dict) -> dict:
        self._statements.pop(requests.integer(request, "statementHandle"), None)
        return {}

    # --- the rest

    def _get_hosts(self, request: dict) -> dict:
        host = requests.text(request, "hostIp", "") or self._host
        return {"responseData": {"numNodes": 1, "nodes": [host]}}
