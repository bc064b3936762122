// The README's picture: the 27 fixed points of a trained GRU and their eigenvalues, as plain SVG.
// From the repository: npm run build && node docs/figures/flipflop.mjs
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { findFixedPoints, linearize, simulate } from "rnn-dynamics";
import { readSafetensors, readWeights } from "rnn-dynamics/io";

const file = (path) => new URL(`../../examples/flipflop/${path}.safetensors`, import.meta.url);
const { cell } = await readWeights(await readFile(file("ff3_gru16")));
const { tensors } = readSafetensors(await readFile(file("ff3_gru16-starts")));
const { points } = findFixedPoints(cell, tensors.get("inits").data);

const noInput = new Float64Array(cell.inputDimension);
const outputOf = (state) => {
  const y = new Float64Array(cell.outputDimension);
  cell.readout(state, noInput, y);
  return y;
};

/** Where a saddle's unstable direction leads, on either side, as outputs: forward until an attractor is near. */
function departures(point) {
  const [mode] = linearize(cell, point.state, { slowModes: cell.dimension }).slowModes.filter(
    ({ eigenvalue }) => Math.hypot(eigenvalue.real, eigenvalue.imaginary) > 1,
  );
  return [1, -1].map((side) => {
    const start = point.state.map((v, i) => v + side * 1e-2 * mode.right.real[i]);
    const { states } = simulate(cell, start, { steps: 80 });
    const path = [outputOf(point.state), outputOf(start)];
    for (let k = 0; k < states.length; k += cell.dimension)
      path.push(outputOf(states.subarray(k, k + cell.dimension)));
    return path;
  });
}

// One look per kind: shape and colour (Okabe & Ito's palette) both tell it.
const kinds = [
  { name: "stable", colour: "#0072B2", size: 7, shape: circle },
  { name: "saddle, 1 unstable direction", colour: "#D55E00", size: 6.5, shape: triangle },
  { name: "saddle, 2 unstable directions", colour: "#009E73", size: 5.6, shape: square },
  { name: "saddle, 3 unstable directions", colour: "#222222", size: 7, shape: diamond },
];

const number = (value) => String(Math.round(value * 100) / 100);
const polygon = (corners, style) =>
  `<polygon points="${corners.map(([x, y]) => `${number(x)},${number(y)}`).join(" ")}" ${style}/>`;
function circle(x, y, r, style) {
  return `<circle cx="${number(x)}" cy="${number(y)}" r="${number(r)}" ${style}/>`;
}
function triangle(x, y, r, style) {
  const corners = [-90, 30, 150].map((a) => (a * Math.PI) / 180);
  return polygon(
    corners.map((a) => [x + 1.2 * r * Math.cos(a), y + 1.2 * r * Math.sin(a)]),
    style,
  );
}
function square(x, y, r, style) {
  return `<rect x="${number(x - r)}" y="${number(y - r)}" width="${number(2 * r)}" height="${number(2 * r)}" ${style}/>`;
}
function diamond(x, y, r, style) {
  return polygon(
    [
      [x, y - 1.3 * r],
      [x + 1.3 * r, y],
      [x, y + 1.3 * r],
      [x - 1.3 * r, y],
    ],
    style,
  );
}
const text = (x, y, words, extra = "") => `<text x="${number(x)}" y="${number(y)}" ${extra}>${words}</text>`;
const line = (x1, y1, x2, y2, style) =>
  `<line x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}" ${style}/>`;

/** Panel a: the three outputs seen from a corner, nearer things drawn later. */
function stateSpace() {
  const [turn, tilt, scale, centreX, centreY] = [0.5, 0.3, 122, 256, 258];
  const turned = ([a, b, c]) => {
    const right = a * Math.cos(turn) - b * Math.sin(turn);
    const away = a * Math.sin(turn) + b * Math.cos(turn);
    return {
      right,
      up: c * Math.cos(tilt) + away * Math.sin(tilt),
      near: c * Math.sin(tilt) - away * Math.cos(tilt),
    };
  };
  const place = (y) => {
    const { right, up, near } = turned(y);
    return { x: centreX + scale * right, y: centreY - scale * up, near };
  };
  const drawn = [];
  for (const point of points) {
    const kind = kinds[point.unstableDimension];
    const at = place(outputOf(point.state));
    drawn.push({
      near: at.near + 10, // over every line
      svg: kind.shape(at.x, at.y, kind.size, `fill="${kind.colour}" stroke="#fff" stroke-width="1.2"`),
    });
    if (point.unstableDimension !== 1) continue;
    for (const path of departures(point)) {
      const route = sparse(path.map(place));
      const d = route.map((p, i) => `${i ? "L" : "M"}${number(p.x)} ${number(p.y)}`).join("");
      const near = route.reduce((sum, p) => sum + p.near, 0) / route.length;
      const grey = near > 0 ? "#555" : "#999";
      drawn.push({
        near,
        svg: `<path d="${d}" fill="none" stroke="${grey}" stroke-width="1.4" stroke-linejoin="round"/>${arrow(route, grey)}`,
      });
    }
  }
  drawn.sort((a, b) => a.near - b.near);

  const ends = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  const origin = { x: 66, y: 446 };
  const axes = ends.map((end, i) => {
    const { right, up } = turned(end);
    const [x, y] = [origin.x + 52 * right, origin.y - 52 * up];
    const [dx, dy, anchor] = [
      [6, 8, "start"],
      [-4, -6, "middle"],
      [0, -8, "middle"],
    ][i];
    return (
      line(origin.x, origin.y, x, y, 'stroke="#222" stroke-width="1.4"') +
      text(x + dx, y + dy, `output ${i + 1}`, `text-anchor="${anchor}"`)
    );
  });
  return drawn.map(({ svg }) => svg).join("\n") + axes.join("\n");
}

/** A path without the points that lie within a pixel of the one before. */
function sparse(path) {
  const kept = [path[0]];
  for (const p of path) if (Math.hypot(p.x - kept.at(-1).x, p.y - kept.at(-1).y) > 1) kept.push(p);
  return kept;
}

/** An arrowhead two thirds along a path. */
function arrow(route, colour) {
  const lengths = route.map((p, i) => (i ? Math.hypot(p.x - route[i - 1].x, p.y - route[i - 1].y) : 0));
  let rest = (lengths.reduce((sum, l) => sum + l, 0) * 2) / 3;
  let i = 1;
  while (i < route.length - 1 && rest > lengths[i]) rest -= lengths[i++];
  const [from, to] = [route[i - 1], route[i]];
  const share = rest / lengths[i];
  const [x, y] = [from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)];
  const [ux, uy] = [(to.x - from.x) / lengths[i], (to.y - from.y) / lengths[i]];
  return polygon(
    [
      [x + 6 * ux, y + 6 * uy],
      [x - 3.5 * uy, y + 3.5 * ux],
      [x + 3.5 * uy, y - 3.5 * ux],
    ],
    `fill="${colour}"`,
  );
}

/** Panel b: the size of every eigenvalue at every point; above 1 a mode grows. */
function spectra() {
  const [left, right, top, bottom] = [584, 862, 100, 420];
  const largest = 1.6;
  const x = (id) => left + ((id + 0.7) * (right - left)) / (points.length + 0.4);
  const y = (size) => bottom - (size * (bottom - top)) / largest;
  const frame = [
    `<rect x="${left}" y="${number(y(1))}" width="${right - left}" height="${number(bottom - y(1))}" fill="#f1f1f1"/>`,
    line(left, y(1), right, y(1), 'stroke="#222" stroke-width="1.2"'),
    line(left, top, left, bottom, 'stroke="#222" stroke-width="1.2"'),
    line(left, bottom, right, bottom, 'stroke="#222" stroke-width="1.2"'),
    ...[0, 0.5, 1, 1.5].map(
      (v) =>
        line(left - 5, y(v), left, y(v), 'stroke="#222" stroke-width="1.2"') +
        text(left - 9, y(v) + 4.5, v, 'text-anchor="end"'),
    ),
    ...[0, 8, 20, 26].map((id) => text(x(id), bottom + 17, id, 'text-anchor="middle"')),
    text((left + right) / 2, bottom + 36, "fixed point (id in the report)", 'text-anchor="middle"'),
    text(0, 0, "|eigenvalue|", `text-anchor="middle" transform="translate(546 ${y(0.8)}) rotate(-90)"`),
    text(left + 8, y(1) - 7, "grows", 'fill="#555"'),
    text(left + 8, y(1) + 16, "decays", 'fill="#555"'),
  ];
  const marks = kinds.map(({ shape, colour, size }, unstable) => {
    const ours = points.filter((p) => p.unstableDimension === unstable);
    const shapes = ours.flatMap(({ id, eigenvalues: { real, imaginary } }) =>
      Array.from(real, (re, i) => shape(x(id), y(Math.hypot(re, imaginary[i])), 0.5 * size, "")),
    );
    return `<g fill="${colour}" fill-opacity="0.85">${shapes.join("")}</g>`;
  });
  return [...frame, ...marks].join("\n");
}

function legend() {
  const counts = kinds.map((_, i) => points.filter((p) => p.unstableDimension === i).length);
  const columns = [36, 146, 396, 648];
  return kinds
    .map(({ name, colour, size, shape }, i) => {
      const [x, y] = [columns[i], 500];
      return (
        shape(x, y - 4, size, `fill="${colour}"`) +
        text(x + 14, y, `${counts[i]} ${name.replace("saddle", counts[i] === 1 ? "saddle" : "saddles")}`)
      );
    })
    .join("\n");
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 520" width="880" height="520" role="img" aria-label="Left: 27 fixed points of a trained GRU in the space of its three outputs, 8 attractors at the corners of a cube, 12 saddles on its edges, 6 on its faces, 1 inside; lines lead from each edge saddle to two attractors. Right: the sizes of the 16 eigenvalues at each point; as many are above 1 as the point has unstable directions.">
<rect width="880" height="520" fill="#fff"/>
<g font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#222">
${text(24, 34, `The ${points.length} fixed points, seen by the three outputs`, 'font-size="16" font-weight="bold"')}
${text(24, 53, "lines: from each saddle along its unstable direction to an attractor", 'fill="#555"')}
${text(540, 34, "The 16 modes of each", 'font-size="16" font-weight="bold"')}
${text(540, 53, "one mark per eigenvalue of dF/dx", 'fill="#555"')}
${stateSpace()}
${spectra()}
${legend()}
</g>
</svg>
`;
await mkdir(new URL("../images/", import.meta.url), { recursive: true });
await writeFile(new URL("../images/flipflop.svg", import.meta.url), svg);
