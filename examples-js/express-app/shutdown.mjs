/** More than all that a process does when it stops. */
const STOP_MILLIS_MAX = 30_000;

/** Stops the process in good order at the first SIGTERM or SIGINT; further ones change nothing. */
export function onShutdown(name, stop) {
  let isStopping = false;
  const begin = async (signal) => {
    if (isStopping) return;
    isStopping = true;
    console.log(`${name}: stops (${signal})`);
    setTimeout(() => exit(name, `did not stop within ${STOP_MILLIS_MAX} ms`), STOP_MILLIS_MAX).unref();
    try {
      await stop();
      console.log(`${name}: stopped`);
      // BullMQ goes on looking for a Redis that is away.
      process.exit(0);
    } catch (error) {
      exit(name, error);
    }
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, begin);
}

function exit(name, problem) {
  console.error(`${name}:`, problem);
  process.exit(1);
}
