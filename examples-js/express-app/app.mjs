import express from "express";

import { HttpError, errorHandler } from "./errors.mjs";
import { taskRoutes } from "./routes.mjs";

/** As much as the context of a task may have. */
const BODY_LIMIT = "4mb";

/** The app, on an engine of Tasker. */
export function createApp(engine) {
  const app = express();
  app.disable("x-powered-by");
  // Not strict: what the body must look like is for the template's schema to say.
  app.use(express.json({ limit: BODY_LIMIT, strict: false }));

  app.get("/up", (req, res) => res.json({ status: "up" }));
  app.use(
    "/orders",
    taskRoutes(engine, "ecommerce.order_fulfillment", ({ order_reference }) => ({ order_reference })),
  );
  app.use("/shipments", taskRoutes(engine, "express_app.order_shipment"));

  app.use((req) => {
    throw new HttpError(404, "ROUTE_NOT_FOUND", `there is no ${req.method} ${req.path}`);
  });
  app.use(errorHandler);
  return app;
}
