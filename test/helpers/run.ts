import { spawn } from "node:child_process";

/** How a command ended, and all it printed. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without input; never rejects. Variables that npm set for its own child are not passed on. */
export function run(program: string, args: readonly string[], cwd: string, timeout = 120_000): Promise<Ran> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(package|lifecycle|command)|npm_config_local_prefix|INIT_CWD|NODE_OPTIONS|VITEST)/.test(name),
    ),
  );
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, timeout, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("error", (error) => resolve({ code: null, stdout, stderr: `${stderr}${error.message}` }));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
