// What the figures of the studies share: their looks, and the statistics of their intervals. Charts are those of the report.
export { legend, panel, picture, text } from "../../dist/report/chart.js";

/** Okabe and Ito's palette with a marker each: colour and shape both tell a series. */
export const looks = {
  "direct-fixed-point": { colour: "#0072B2", marker: "circle", name: "direct fixed point" },
  "slow-manifold": { colour: "#D55E00", marker: "triangle", name: "slow manifold" },
  "limit-cycle": { colour: "#009E73", marker: "square", name: "limit cycle" },
  mixed: { colour: "#CC79A7", marker: "diamond", name: "mixed" },
  unclassified: { colour: "#777777", marker: "cross", name: "unclassified" },
};

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
