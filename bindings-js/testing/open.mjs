// Opens an engine with the options in OPTIONS, and prints what came of it.
import { Engine } from "tasker/engine";

try {
  const engine = await Engine.open(JSON.parse(process.env.OPTIONS));
  await engine.close();
  console.log("opened");
} catch (error) {
  console.log(`${error.name} ${error.code} ${error.message}`);
}
