import { type Hue, hueOf } from "../../../src/report/looks.js";
import { type SpaceChoice, type Span, scaleOf } from "../../../src/report/page/spaceContent.js";
import type { Place, SpaceLabel, SpaceStroke } from "../../../src/report/page/stateSpace.js";
import type { PhasePlane, Window } from "../engine/phasePlane.js";
import type { Start } from "./startsCard.js";

/** Colours of the nullclines of the first and the second variable, of the field, and of started trajectories. */
const nullclineHues: readonly [Hue, Hue] = [
  { colour: "#8A5D00", bright: "#F0B93A" },
  { colour: "#007D5B", bright: "#35CFA2" },
];
const fieldHue: Hue = { colour: "#A9B4C0", bright: "#4D5B6A" };

/** Where something along all axes stands in the cube. */
export function placer(
  spans: readonly Span[],
  choice: Pick<SpaceChoice, "axes" | "equalScale">,
): (at: ArrayLike<number>) => Place {
  const { scales, middle } = scaleOf(spans, choice);
  return (at) => choice.axes.map((a, k) => (a < 0 ? 0 : (at[a] - middle[k]) * scales[k])) as unknown as Place;
}

/** What of the plane is to be seen, where the picture shows the two variables of a system and nothing else. */
export function windowOf(
  names: readonly string[],
  spans: readonly Span[],
  choice: Pick<SpaceChoice, "axes" | "equalScale">,
): Window | null {
  const [a, b, c] = choice.axes;
  if (c >= 0 || names[a] !== "x1" || names[b] !== "x2") return null;
  const { scales, middle } = scaleOf(spans, choice);
  const side = (k: number) => [middle[k] - 1 / scales[k], middle[k] + 1 / scales[k]] as const;
  return { x: side(0), y: side(1) };
}

/** Nullclines and field. */
export function planeStrokes(
  plane: PhasePlane,
  place: (at: ArrayLike<number>) => Place,
  window: Window,
): SpaceStroke[] {
  const strokes: SpaceStroke[] = [];
  const cell = Math.min(window.x[1] - window.x[0], window.y[1] - window.y[0]) / 17;
  const { field, nullclines } = plane;
  for (let k = 0; k < field.length; k += 4) {
    const [x, y, dx, dy] = field.subarray(k, k + 4);
    if (dx === 0 && dy === 0) continue;
    const half = 0.4 * cell;
    strokes.push({
      places: [place([x - half * dx, y - half * dy]), place([x + half * dx, y + half * dy])],
      colour: fieldHue,
      width: 1,
      arrow: true,
    });
  }
  for (const [k, pieces] of nullclines.entries())
    for (let i = 0; i < pieces.length; i += 4)
      strokes.push({
        places: [place(pieces.subarray(i, i + 2)), place(pieces.subarray(i + 2, i + 4))],
        colour: nullclineHues[k],
        width: 2,
      });
  return strokes;
}

/** Started trajectories: a ring at the start, and the way from it. One colour per label. */
export function startStrokes(
  starts: readonly Start[],
  place: (at: ArrayLike<number>) => Place,
): { strokes: SpaceStroke[]; labels: SpaceLabel[] } {
  const known = [...new Set(starts.map(({ label }) => label))];
  const strokes: SpaceStroke[] = [];
  const labels: SpaceLabel[] = [];
  for (const { number, label, followed } of starts) {
    if (!followed || followed.path.length === 0) continue;
    const colour = hueOf(known.indexOf(label));
    const places = followed.path.map(place);
    strokes.push({ places, colour, width: 2 });
    labels.push({
      at: places[0],
      text: label === String(number) ? `Start ${number}` : `Start ${number}: ${label}`,
      colour,
    });
  }
  return { strokes, labels };
}
