import { resolve } from "node:path";
import { fail } from "../core/check.js";

/** What is written must not replace a file that is read, or another that is written. Only `--json` may be `-`. */
export function refuseOverwriting(
  command: string,
  outputs: Readonly<Record<string, string | undefined>>,
  inputs: readonly (string | undefined)[],
): void {
  const named = Object.entries(outputs).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !(entry[0] === "json" && entry[1] === "-"),
  );
  for (const [flag, output] of named) if (output === "-") fail(command, `--${flag} is -, expected a file`);
  for (const [flag, output] of named)
    if (inputs.some((input) => input !== undefined && resolve(input) === resolve(output)))
      fail(command, `--${flag} ${output} would overwrite a file that is read`);
  for (const [i, [flag, output]] of named.entries())
    for (const [other, same] of named.slice(0, i))
      if (resolve(same) === resolve(output)) fail(command, `--${other} and --${flag} both name ${output}`);
}
