"""What the routes have in common: each creates and shows the tasks of one template."""

from http import HTTPStatus
from typing import Any

from fastapi import Response
from tasker.engine import ConflictError, Engine, InvalidError, NotFoundError

from app.models import Accepted


def create(
    engine: Engine, template: str, context: dict[str, Any], idempotency_key: str | None, response: Response
) -> Accepted:
    """Creates a task. With the key of an earlier request it is that request's task, and the answer is 200."""
    try:
        task_id = engine.create_task(template, context, idempotency_key=idempotency_key)
    except ConflictError as conflict:
        if conflict.code != "TASK_DUPLICATE":
            raise
        task_id = conflict.details["task_id"]
        response.status_code = HTTPStatus.OK
    return Accepted(task_id=task_id, state=engine.task(task_id, transitions=False)["state"])


def find(engine: Engine, template: str, task_id: int) -> dict[str, Any]:
    missing = NotFoundError(f"there is no task {task_id} here", code="TASK_NOT_FOUND", details={"task_id": task_id})
    try:
        task = engine.task(task_id, transitions=False)
    except (InvalidError, NotFoundError):
        # Invalid: a number that no task can have.
        raise missing from None
    if f"{task['namespace']}.{task['name']}" != template:
        raise missing
    return task
