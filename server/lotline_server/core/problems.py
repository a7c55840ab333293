"""Errors in the form of RFC 9457, as the guards before the routes and the routes themselves answer them."""

from typing import Any

MEDIA_TYPE = "application/problem+json"
TYPES_AT = "/help/api#problem-"
"""Where the kinds of problems are described: a problem's type is this and its code."""

TITLES = {
    "bad_request": "The request cannot be read",
    "refused": "The request cannot be granted",
    "invalid": "The request breaks a rule",
    "key_reused": "The key stands for another request",
    "unauthorised": "Nobody the server knows is asking",
    "forbidden": "This is not allowed",
    "not_found": "Nothing has this name",
    "method_not_allowed": "Nothing here can be asked so",
    "conflict": "It exists already, or what is there does not allow it",
    "changed_meanwhile": "Somebody changed it since it was read",
    "too_large": "The body is too large",
    "upgrade_needed": "The two sides have no protocol in common",
    "which_version": "The request must say which state it changes",
    "too_many": "Too many attempts",
    "server_error": "The server could not do this",
    "disk_full": "The server's disk is full",
}
"""Each code with its title: what a person reads first, and the same for each occurrence."""


def problem(status: int, code: str, message: str, error_id: str | None = None) -> dict[str, Any]:
    """Write an error as every answer has it.

    error, message: the same as type and detail, for who read them before there was a standard to follow; the
    stations' agents do. id: under which the server's log has the details; absent where there are none
    """
    body: dict[str, Any] = {
        "type": f"{TYPES_AT}{code}",
        "title": TITLES.get(code, TITLES["refused"]),
        "status": status,
        "detail": message,
        "error": code,
        "message": message,
    }
    return body if error_id is None else {**body, "instance": f"urn:lotline:error:{error_id}", "id": error_id}
