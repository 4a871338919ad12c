// The same class as of the CommonJS module: a program may load both.
import bullmq from "./bullmq.cjs";

export const { TaskQueue } = bullmq;
