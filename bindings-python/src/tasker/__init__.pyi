# Types only: what everything means is in the docstrings of __init__.py, which editors show.
from collections.abc import Callable, Mapping
from collections.abc import Sequence as _List
from typing import Any, ClassVar, Literal, Protocol, TypedDict, TypeVar, final, overload

__all__ = [
    "ApiClient",
    "ApiStepHandler",
    "Http",
    "HttpResponse",
    "Logger",
    "PermanentError",
    "RetryableError",
    "Sequence",
    "Step",
    "StepCancelled",
    "StepHandler",
    "StepResult",
    "Subscriber",
    "Task",
    "TaskHandler",
    "TaskerError",
    "http",
    "step_handler",
]

__version__: str

_Handler = TypeVar("_Handler", bound=StepHandler)

class _Backoff(TypedDict, total=False):
    strategy: Literal["none", "fixed", "linear", "exponential"]
    base_seconds: float
    multiplier: float
    cap_seconds: float
    jitter: float

class _StepFunction(Protocol):
    def __call__(self, task: Task, sequence: Sequence, step: Step, /) -> Any: ...

class _StepFunctionWithHandler(Protocol):
    def __call__(self, task: Task, sequence: Sequence, step: Step, handler: StepHandler, /) -> Any: ...

class TaskerError(Exception): ...

class RetryableError(TaskerError):
    retry_after: float | None
    context: Mapping[str, Any]
    def __init__(
        self, message: str = "", *, retry_after: float | None = None, context: Mapping[str, Any] | None = None
    ) -> None: ...

class PermanentError(TaskerError):
    error_code: str | None
    context: Mapping[str, Any]
    def __init__(
        self, message: str = "", *, error_code: str | None = None, context: Mapping[str, Any] | None = None
    ) -> None: ...

class StepCancelled(TaskerError): ...

class Task:
    def __init__(self, data: Mapping[str, Any]) -> None: ...
    @property
    def task_id(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def context(self) -> Any: ...
    @property
    def initiator(self) -> str | None: ...
    @property
    def source_system(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def tags(self) -> Any: ...
    @property
    def correlation_id(self) -> str | None: ...
    @property
    def requested_at(self) -> str: ...

class Step:
    def __init__(self, data: Mapping[str, Any]) -> None: ...
    @property
    def workflow_step_id(self) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def retry_limit(self) -> int: ...
    @property
    def inputs(self) -> Any: ...
    @property
    def config(self) -> Any: ...

class StepResult:
    def __init__(self, data: Mapping[str, Any]) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def results(self) -> Any: ...

class Sequence:
    def __init__(self, data: Mapping[str, Any], lookup: Callable[[str], Mapping[str, Any] | None]) -> None: ...
    def results_of(self, name: str) -> Any: ...
    def find_step_by_name(self, name: str) -> StepResult: ...

class HttpResponse:
    def __init__(self, data: Mapping[str, Any]) -> None: ...
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def text(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    def json(self) -> Any: ...

class Http:
    def __init__(self, handler: StepHandler | None = None) -> None: ...
    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...
    def head(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...
    def post(
        self,
        url: str,
        *,
        json: Any = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...
    def put(
        self,
        url: str,
        *,
        json: Any = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...
    def patch(
        self,
        url: str,
        *,
        json: Any = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...
    def delete(
        self,
        url: str,
        *,
        json: Any = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...
    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        body: str | None = None,
        timeout: float | None = None,
    ) -> HttpResponse: ...

http: Http

def _tasker_enter(host: object | None) -> Any: ...

class Logger:
    def __init__(self, handler: StepHandler) -> None: ...
    def debug(self, message: object, /, **fields: Any) -> None: ...
    def info(self, message: object, /, **fields: Any) -> None: ...
    def warn(self, message: object, /, **fields: Any) -> None: ...
    def warning(self, message: object, /, **fields: Any) -> None: ...
    def error(self, message: object, /, **fields: Any) -> None: ...

class StepHandler:
    handler_name: ClassVar[str | None]
    description: ClassVar[str | None]
    retryable: ClassVar[bool | None]
    retry_limit: ClassVar[int | None]
    backoff: ClassVar[_Backoff | None]
    timeout_seconds: ClassVar[int | None]
    concurrency: ClassVar[int | None]
    inputs_schema: ClassVar[Mapping[str, Any] | None]
    result_schema: ClassVar[Mapping[str, Any] | None]
    custom_events: ClassVar[_List[str] | None]
    config: Any
    logger: Logger
    http: Http
    def __init__(self, config: Mapping[str, Any] | None = None) -> None: ...
    def process(self, task: Task, sequence: Sequence, step: Step) -> Any: ...
    def process_results(self, step: Step, output: Any, initial_results: Any) -> Any: ...
    def read_text(self, relative: str) -> str: ...
    def publish(self, name: str, payload: Mapping[str, Any] | None = None) -> None: ...
    def heartbeat(self, checkpoint: Any = ...) -> None: ...
    def checkpoint(self) -> Any: ...
    def is_cancelled(self) -> bool: ...
    def _tasker_bind(self: _Handler, host: object) -> _Handler: ...
    @classmethod
    def _tasker_declaration(cls) -> dict[str, Any]: ...
    @classmethod
    def _tasker_handler_name(cls) -> str | None: ...

@overload
def step_handler(
    function: _StepFunction | _StepFunctionWithHandler,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    retryable: bool | None = None,
    retry_limit: int | None = None,
    backoff: _Backoff | None = None,
    timeout_seconds: int | None = None,
    concurrency: int | None = None,
    inputs_schema: Mapping[str, Any] | None = None,
    result_schema: Mapping[str, Any] | None = None,
    custom_events: _List[str] | None = None,
) -> type[StepHandler]: ...
@overload
def step_handler(
    function: None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    retryable: bool | None = None,
    retry_limit: int | None = None,
    backoff: _Backoff | None = None,
    timeout_seconds: int | None = None,
    concurrency: int | None = None,
    inputs_schema: Mapping[str, Any] | None = None,
    result_schema: Mapping[str, Any] | None = None,
    custom_events: _List[str] | None = None,
) -> Callable[[_StepFunction | _StepFunctionWithHandler], type[StepHandler]]: ...

class ApiStepHandler(StepHandler):
    client: ApiClient
    def call(self, task: Task, sequence: Sequence, step: Step) -> Any: ...
    def results(self, step: Step, response: HttpResponse, initial_results: Any) -> Any: ...
    @final
    def process(self, task: Task, sequence: Sequence, step: Step) -> Any: ...
    @final
    def process_results(self, step: Step, output: Any, initial_results: Any) -> Any: ...

class ApiClient:
    def __init__(self, handler: StepHandler) -> None: ...
    def get(self, url: str | None = None) -> HttpResponse: ...
    def post(self, json: Any, url: str | None = None) -> HttpResponse: ...
    def send_request(self, method: str, url: str | None = None, json: Any = None) -> HttpResponse: ...

class TaskHandler(StepHandler):
    def schema(self) -> Mapping[str, Any] | None: ...
    def establish_step_dependencies_and_defaults(self, task: Task, steps: list[dict[str, Any]]) -> None: ...
    def update_annotations(
        self, task: Task, sequence: Sequence, steps: list[Mapping[str, Any]]
    ) -> list[dict[str, Any]]: ...

class Subscriber(StepHandler):
    def handle(self, event: Mapping[str, Any]) -> Any: ...
