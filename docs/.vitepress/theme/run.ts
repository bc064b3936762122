/** What an example that runs tells the page. */
type Message = { kind: "printed" | "failed" | "done" | "value"; text: string; line?: number };

const running = new WeakMap<HTMLButtonElement, Worker>();

/** A Run button starts the program of its block in a worker of its own; pressed again, it ends it. */
export function answerRunButtons(): void {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element && target.closest<HTMLButtonElement>("button.run");
    if (!button) return;
    if (running.has(button)) end(button);
    else start(button);
  });
}

function start(button: HTMLButtonElement): void {
  const out = button.parentElement!.querySelector<HTMLElement>(".ran")!;
  out.replaceChildren();
  out.hidden = false;
  const add = (kind: string, text: string, line?: number) => {
    const row = out.appendChild(document.createElement("div"));
    row.className = kind;
    if (line !== undefined) row.dataset.line = `line ${line}`;
    row.textContent = text;
  };
  const live = new URL(`${import.meta.env.BASE_URL}live/`, location.href).href;
  const program = decodeURIComponent(button.dataset.program!).replace(/"live:([\w.-]+)"/g, `"${live}$1"`);
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(address, { type: "module" });
  running.set(button, worker);
  button.textContent = "Stop";
  worker.onmessage = ({ data: { kind, text, line } }: MessageEvent<Message>) => {
    if (kind !== "done") add(kind, text, line);
    else if (!out.hasChildNodes()) add("note", "It ran, and prints nothing.");
    if (kind === "done" || kind === "failed") end(button);
  };
  worker.onerror = ({ message }) => {
    add("failed", message || "It did not run: a module is missing.");
    end(button);
  };
}

function end(button: HTMLButtonElement): void {
  running.get(button)?.terminate();
  running.delete(button);
  button.textContent = "Run";
}
