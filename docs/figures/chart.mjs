// Small charts as plain SVG text: no script, no font files, black on white, readable in print and by colour-blind people.

/** Okabe and Ito's palette with a marker each: colour and shape both tell a series. */
export const looks = {
  "direct-fixed-point": { colour: "#0072B2", marker: "circle", name: "direct fixed point" },
  "slow-manifold": { colour: "#D55E00", marker: "triangle", name: "slow manifold" },
  "limit-cycle": { colour: "#009E73", marker: "square", name: "limit cycle" },
  mixed: { colour: "#CC79A7", marker: "diamond", name: "mixed" },
  unclassified: { colour: "#777777", marker: "cross", name: "unclassified" },
};

const round = (value) => String(Math.round(value * 100) / 100);
const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Text at a place; `options` are further attributes. */
export function text(x, y, words, options = "") {
  return `<text x="${round(x)}" y="${round(y)}" ${options}>${escaped(words)}</text>`;
}

/** A whole picture. `title` and `description` are for those who cannot see it. */
export function picture(width, height, title, description, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d" font-family="sans-serif" font-size="12">
<title id="t">${escaped(title)}</title>
<desc id="d">${escaped(description)}</desc>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${parts.flat(Number.POSITIVE_INFINITY).join("\n")}
</svg>
`;
}

export function marker(shape, x, y, size, colour) {
  const fill = `fill="${colour}"`;
  const corners = (list) =>
    `<polygon points="${list.map(([a, b]) => `${round(x + a * size)},${round(y + b * size)}`).join(" ")}" ${fill}/>`;
  if (shape === "circle") return `<circle cx="${round(x)}" cy="${round(y)}" r="${size}" ${fill}/>`;
  if (shape === "triangle")
    return corners([
      [0, -1.2],
      [1.1, 0.9],
      [-1.1, 0.9],
    ]);
  if (shape === "square")
    return corners([
      [-0.9, -0.9],
      [0.9, -0.9],
      [0.9, 0.9],
      [-0.9, 0.9],
    ]);
  if (shape === "diamond")
    return corners([
      [0, -1.3],
      [1.1, 0],
      [0, 1.3],
      [-1.1, 0],
    ]);
  const arm = size * 0.9;
  return `<path d="M${round(x - arm)},${round(y - arm)}L${round(x + arm)},${round(y + arm)}M${round(x - arm)},${round(y + arm)}L${round(x + arm)},${round(y - arm)}" stroke="${colour}" stroke-width="2"/>`;
}

/**
 * One panel: axes, and series of points `{ x, y, low, high }` joined by lines, with bars for the intervals. `frame` is
 * where it stands; `x` and `y` are `{ label, ticks, from, to, log }`; x ticks may be `[value, words]`.
 */
export function panel(frame, title, x, y, series) {
  const { left, top, width, height } = frame;
  const scale = ({ from, to, log }, start, length) => {
    const f = log ? Math.log : (v) => v;
    return (v) => start + ((f(v) - f(from)) / (f(to) - f(from))) * length;
  };
  const toX = scale(x, left, width);
  const toY = scale(y, top + height, -height);
  const parts = [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="none" stroke="#333"/>`,
    text(left + width / 2, top - 8, title, 'text-anchor="middle" font-weight="bold"'),
    text(left + width / 2, top + height + 34, x.label, 'text-anchor="middle"'),
    `<text transform="translate(${left - 38},${top + height / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
  ];
  for (const tick of x.ticks) {
    const [value, words] = Array.isArray(tick) ? tick : [tick, tick];
    parts.push(
      `<path d="M${round(toX(value))},${top + height}v4" stroke="#333"/>`,
      text(toX(value), top + height + 17, words, 'text-anchor="middle" font-size="11"'),
    );
  }
  for (const tick of y.ticks) {
    const [value, words] = Array.isArray(tick) ? tick : [tick, tick];
    parts.push(
      `<path d="M${left - 4},${round(toY(value))}h4" stroke="#333"/><path d="M${left},${round(toY(value))}h${width}" stroke="#e4e4e4"/>`,
      text(left - 7, toY(value) + 4, words, 'text-anchor="end" font-size="11"'),
    );
  }
  for (const [k, { look, points, dashed }] of series.entries()) {
    // A few pixels apart, so that intervals at one place can be told apart.
    const at = (v) => toX(v) + 3 * (k - (series.length - 1) / 2);
    const seen = points.filter(({ y: value }) => Number.isFinite(value));
    if (seen.length === 0) continue;
    const line = seen.map((p, i) => `${i ? "L" : "M"}${round(at(p.x))},${round(toY(p.y))}`).join("");
    parts.push(
      `<path d="${line}" fill="none" stroke="${look.colour}" stroke-width="1.6"${dashed ? ' stroke-dasharray="5 4"' : ""}/>`,
    );
    for (const p of seen) {
      if (Number.isFinite(p.low))
        parts.push(
          `<path d="M${round(at(p.x))},${round(toY(p.low))}L${round(at(p.x))},${round(toY(p.high))}" stroke="${look.colour}" stroke-width="1"/>`,
        );
      parts.push(marker(look.marker, at(p.x), toY(p.y), 3.6, look.colour));
    }
  }
  return parts;
}

/** The names of series beside their marks, in one row. */
export function legend(left, top, list, step = 150) {
  return list.map((look, i) => [
    marker(look.marker, left + i * step, top - 4, 4.5, look.colour),
    text(left + i * step + 11, top, look.name),
  ]);
}

/** Wilson's interval (95 %) for k of n: `{ y, low, high }`, shares. */
export function share(k, n) {
  if (n === 0) return { y: Number.NaN, low: Number.NaN, high: Number.NaN };
  const z = 1.959964;
  const p = k / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return { y: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Mean with the 95 % interval of a bootstrap over the values (percentile, 2000 draws, a fixed generator). */
export function meanOf(values) {
  const n = values.length;
  if (n === 0) return { y: Number.NaN, low: Number.NaN, high: Number.NaN };
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const mean = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;
  const draws = Array.from({ length: 2000 }, () =>
    mean(Array.from({ length: n }, () => values[Math.floor(uniform() * n)])),
  ).sort((a, b) => a - b);
  return { y: mean(values), low: draws[49], high: draws[1949] };
}
