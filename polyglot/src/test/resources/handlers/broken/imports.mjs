import { x } from "no-such-package";
