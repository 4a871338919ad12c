"""Every error of this API has one form: ``{"error": {"code", "message", "details"}}``."""

import logging
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from tasker.engine import ClosedError, ConflictError, EngineError, InvalidError, NotFoundError, UnavailableError

RETRY_AFTER_SECONDS = 5

STATUSES: dict[type[EngineError], HTTPStatus] = {
    InvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    ClosedError: HTTPStatus.SERVICE_UNAVAILABLE,
}

# What pydantic 1 and pydantic 2 call it.
SYNTAX_ERRORS = ("value_error.jsondecode", "json_invalid")

logger = logging.getLogger("uvicorn.error")


async def on_engine_error(_: Request, error: EngineError) -> JSONResponse:
    status = STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    if error.code == "INPUT_NOT_JSON":
        status = HTTPStatus.BAD_REQUEST
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error_response(status, error.code, error.message, error.details)

    # What is wrong inside, with names of hosts and users, is for the log.
    logger.error("answered %d: %s", status, error)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        return error_response(status, error.code, "the request failed because of an error in this service")
    seconds = error.details.get("retry_after_seconds", RETRY_AFTER_SECONDS)
    message = f"the service cannot do this now; try again in {seconds} s"
    return error_response(status, error.code, message, headers={"Retry-After": str(seconds)})


async def on_invalid_body(_: Request, error: RequestValidationError) -> JSONResponse:
    """Only for what is no JSON object: what an object must hold is said by the template of its task."""
    is_json = error.body is not None and not isinstance(error.body, bytes)
    if is_json and error.errors()[0]["type"] not in SYNTAX_ERRORS:
        message = "the body must be a JSON object"
        return error_response(HTTPStatus.UNPROCESSABLE_ENTITY, "REQUEST_INVALID", message)
    message = "the body must be a JSON object, sent as application/json"
    return error_response(HTTPStatus.BAD_REQUEST, "INPUT_NOT_JSON", message)


async def on_http_error(_: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    return error_response(status, status.name, str(error.detail), headers=error.headers)


def error_response(
    status: HTTPStatus,
    code: str,
    message: str,
    details: dict[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = {"error": {"code": code, "message": message, "details": details or {}}}
    return JSONResponse(body, status, headers)


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    EngineError: on_engine_error,
    RequestValidationError: on_invalid_body,
    HTTPException: on_http_error,
}
