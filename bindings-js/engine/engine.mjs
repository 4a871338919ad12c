// The same classes as of the CommonJS module: a program may load both.
import engine from "./engine.cjs";

export const {
  Engine,
  Worker,
  EngineError,
  InvalidError,
  NotFoundError,
  ConflictError,
  UnavailableError,
  ClosedError,
  ForkedError,
  StartError,
  TimeoutError,
  InternalError,
} = engine;
