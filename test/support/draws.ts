import fc from "fast-check";
import { deep } from "./deep.ts";

// The ordinary run draws the same cases each time, so that it fails by a change and not by chance; the deep run draws new ones.
if (!deep) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20261121 });
