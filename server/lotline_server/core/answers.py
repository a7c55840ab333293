"""Errors as answers: a general message and an id for the caller, the detail in the log."""

import secrets
from collections.abc import Mapping

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lotline_server.core import sqlite
from lotline_server.core.errors import DiskFull, Refused
from lotline_server.core.problems import MEDIA_TYPE, problem

log = structlog.get_logger()

_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed"}


def answer_errors(app: FastAPI) -> None:
    """Have every error of an app answered in one form: a problem as core/problems.py writes it."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_middleware(LastResort)


class Problem(JSONResponse):
    """An answer of RFC 9457's media type."""

    media_type = MEDIA_TYPE


def _problem(
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    error_id: str | None = None,
) -> Problem:
    return Problem(problem(status, code, message, error_id), status_code=status, headers=headers)


def refusal(error: Refused) -> JSONResponse:
    """Answer a refusal."""
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    body = {**error.more, **problem(error.status, error.code, str(error))}
    return Problem(body, status_code=error.status, headers=headers)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)  # noqa: S101 - it is registered for nothing else
    return refusal(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    found = [
        f"{'.'.join(str(part) for part in each['loc'][1:]) or 'body'}: {each['msg']}"
        for each in error.errors()
    ]
    return _problem(422, "invalid", "; ".join(found)[:2000])


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    if isinstance(error.__cause__, Refused):
        # FastAPI wraps whatever reading a body raised.
        return refusal(error.__cause__)
    code = _CODES.get(error.status_code, "refused")
    return _problem(error.status_code, code, str(error.detail), error.headers)


async def _database(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OperationalError)  # noqa: S101
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite.FULL:
        log.error("disk full", path=request.url.path)
        return refusal(DiskFull("the server's disk is full; nothing was stored, send it again later"))
    return _failed(request.method, request.url.path, error, status=503)


def _failed(method: str, path: str, error: Exception, status: int = 500) -> JSONResponse:
    error_id = secrets.token_hex(6)
    log.error("request failed", id=error_id, method=method, path=path, exc_info=error)
    headers = {"Retry-After": "5"} if status == 503 else {}
    message = "the server could not do this; its log has the details"
    return _problem(status, "server_error", message, headers, error_id)


class LastResort:
    """Answers what nobody foresaw, so that one broken request does not cost its connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer for it where it breaks before its answer began."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if started:
                raise
            await _failed(scope["method"], scope["path"], error)(scope, receive, send)
