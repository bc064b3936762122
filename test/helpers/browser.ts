import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import chromium from "@sparticuz/chromium";
import puppeteer, { type Browser } from "puppeteer-core";

/** What a path of the site answers. */
export interface Answer {
  readonly type:
    | "text/html"
    | "text/javascript"
    | "text/css"
    | "application/json"
    | "image/svg+xml"
    | "image/png"
    | "application/octet-stream";
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A site on this machine, and a real browser that is sent to it. */
export interface BrowserSite {
  readonly origin: string;
  /** What the page's promise `globalThis.answer` resolves to; rejects with the page's own complaints. */
  answerOf(path: string): Promise<unknown>;
  close(): Promise<void>;
}

/** A headless Chromium, with WebGL in software; `offline`: it reaches this machine and nothing else. */
export async function launchBrowser({ offline = false } = {}): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const cut = offline ? ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"] : [];
  return puppeteer.launch({ executablePath, args: [...chromium.args, ...cut], headless: "shell" });
}

/** Serves `site` over loopback http. */
export async function serve(
  site: (path: string) => Answer | undefined,
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const server = createServer(({ url }, response) => {
    const answer = site(url!.split("?")[0]!);
    response.writeHead(answer ? 200 : 404, {
      "content-type": answer?.type ?? "text/plain",
      ...answer?.headers,
    });
    response.end(answer?.body ?? "not here");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, close: () => closed(server) };
}

/** Serves `site` and starts a headless Chromium (about 4 seconds). */
export async function openBrowser(site: (path: string) => Answer | undefined): Promise<BrowserSite> {
  const { origin, close } = await serve(site);
  let browser: Browser;
  try {
    browser = await launchBrowser();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    origin,
    async answerOf(path) {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => complaints.push(message.text()));
      try {
        await page.goto(origin + path);
        return await page.evaluate("globalThis.answer");
      } catch (error) {
        throw new Error([String(error), ...complaints].join("\n"));
      } finally {
        if (complaints.length > 0) process.stderr.write(`${path}: ${complaints.join("\n")}\n`);
        await page.close();
      }
    },
    async close() {
      await browser.close();
      await close();
    },
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
