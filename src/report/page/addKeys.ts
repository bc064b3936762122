import type { StateSpace } from "./stateSpace.js";

/** What the keys do, in words. */
export const keyWords =
  "Keys: arrows turn, + and - zoom, 0 resets, n and p select the next and the previous point.";

/** Makes a view a control: turned by keys, named for screen readers. `hint` is the id of what explains it. */
export function addKeys(view: StateSpace, hint: string, selectNext: (by: number) => void): void {
  view.canvas.setAttribute("role", "application");
  view.canvas.setAttribute("aria-roledescription", "picture that can be turned");
  view.canvas.setAttribute("aria-describedby", hint);
  view.canvas.addEventListener("keydown", (event) => {
    const step = 0.12;
    const does: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => view.turn(-step, 0),
      ArrowRight: () => view.turn(step, 0),
      ArrowUp: () => view.turn(0, step),
      ArrowDown: () => view.turn(0, -step),
      "+": () => view.zoom(1.15),
      "=": () => view.zoom(1.15),
      "-": () => view.zoom(1 / 1.15),
      "0": () => view.reset(),
      n: () => selectNext(1),
      p: () => selectNext(-1),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    does[event.key]();
  });
}
