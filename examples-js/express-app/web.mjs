// The process that answers requests. It creates tasks, and runs none.
import { createApp } from "./app.mjs";
import { onShutdown } from "./shutdown.mjs";
import { closeTasker, openTasker } from "./tasker.mjs";

/** How long requests may take to end when the process stops. */
const REQUESTS_END_MILLIS = 5_000;

const port = Number(process.env.PORT || 3000);

// Who asks is to hear soon that there is no database.
const tasker = await openTasker({ slots: 1, settings: { "database.pool_wait_timeout": "2s" } });

const server = createApp(tasker.engine).listen(port, "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`web: listens on http://127.0.0.1:${port}`);
});

onShutdown("web", async () => {
  await closed(server);
  await closeTasker(tasker);
});

function closed(server) {
  setTimeout(() => server.closeAllConnections(), REQUESTS_END_MILLIS).unref();
  return new Promise((resolve) => server.close(resolve));
}
