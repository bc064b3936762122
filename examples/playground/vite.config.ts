import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { exports: doors } = JSON.parse(
  (await import("node:fs")).readFileSync(here("../../package.json"), "utf8"),
) as { exports: Record<string, { default?: string }> };

/** The built page may load and run nothing but its own files, and send nothing anywhere. */
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: {
        "http-equiv": "Content-Security-Policy",
        content:
          "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
      },
      injectTo: "head-prepend",
    },
  ],
};

export default defineConfig({
  root: here("."),
  base: "./",
  cacheDir: here("../../.cache/vite"),
  plugins: [policy],
  resolve: {
    // The package's own doors, as they are published: `npm run build` makes what they lead to.
    alias: Object.entries(doors).flatMap(([door, { default: file }]) =>
      file
        ? [{ find: new RegExp(`^rnn-dynamics${door.slice(1)}$`), replacement: here(`../../${file}`) }]
        : [],
    ),
  },
  worker: { format: "es" },
  server: { fs: { allow: [here("../..")] } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    // Comments of dependencies that a bundler has nothing to say about.
    rollupOptions: { onwarn: (warning, warn) => warning.code !== "INVALID_ANNOTATION" && warn(warning) },
  },
});
