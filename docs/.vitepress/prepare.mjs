// What the site needs beside docs/*.md. Run by npm run docs and npm run docs:dev, after npm run build.
// Arguments: the doors to describe in the reference (all by default).
import { bundleLive } from "./live.mjs";
import { writeReference } from "./reference.mjs";

const wanted = process.argv.slice(2);
await Promise.all([bundleLive(), writeReference(wanted.length > 0 ? wanted : undefined)]);
