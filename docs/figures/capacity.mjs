// The figures and tables of the capacity study, from its table of networks.
// From the repository, built: node docs/figures/capacity.mjs docs/data/capacity docs/images/capacity
// writes docs/images/capacity-*.svg, and prints the tables of docs/capacity.md.
import { readFile, writeFile } from "node:fs/promises";
import { legend, meanOf, panel, picture, text } from "./chart.mjs";
import { readStudyTable } from "./studyTable.mjs";

const [folder = "docs/data/capacity", out = "docs/images/capacity"] = process.argv.slice(2);

const { names, rows } = await readStudyTable(folder);
const published = JSON.parse(await readFile("docs/data/capacity-published.json", "utf8"));

const centre = { units: 1000, gain: 0.95, input_gain: 10, density: 0.25, input_density: 0.05, noise: 0 };
/** Rows at the centre but for what is given; a list of names leaves those free. */
const at = (fixed, free = []) =>
  rows.filter((row) =>
    Object.entries({ ...centre, ...fixed }).every(
      ([name, value]) => free.includes(name) || row[name] === value,
    ),
  );
const levels = (list, name) => [...new Set(list.map((row) => row[name]))].sort((a, b) => a - b);
const values = (list, name) =>
  list.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
/** Means of a column against a parameter. */
const curve = (list, name, column) =>
  levels(list, name).map((v) => ({
    x: v,
    ...meanOf(
      values(
        list.filter((row) => row[name] === v),
        column,
      ),
    ),
  }));

const looks = {
  neural: { colour: "#D55E00", marker: "circle", name: "two hidden layers" },
  ridge: { colour: "#0072B2", marker: "square", name: "ridge" },
  published: { colour: "#777777", marker: "cross", name: 'published "error" (axis undefined)' },
};
const learning = {
  training: { colour: "#777777", marker: "cross", name: "training batches (noise on inputs)" },
  validation: { colour: "#D55E00", marker: "circle", name: "validation" },
};
const shades = ["#0072B2", "#009E73", "#D55E00", "#CC79A7", "#777777"];
const marks = ["square", "circle", "triangle", "diamond", "cross"];
const unit = (label) => ({ label, from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] });
const seeds = levels(rows, "seed").length;

const parameters = {
  input_gain: { label: "input gain gIn", from: -0.5, to: 20.5, ticks: [0, 5, 10, 15, 20] },
  units: { label: "units N", log: true, from: 9, to: 1100, ticks: [10, 30, 100, 300, 1000] },
  gain: { label: "gain g", from: -0.1, to: 2.1, ticks: [0, 0.5, 1, 1.5, 2] },
  density: { label: "density sp of J", log: true, from: 0.008, to: 1.2, ticks: [0.01, 0.1, 1] },
  input_density: { label: "density spIn of J_in", log: true, from: 0.008, to: 1.2, ticks: [0.01, 0.1, 1] },
};

await parameterFigure();
await publishedFigure();
await lagFigure();
await interactionFigure();
await learningFigure();
process.stdout.write(`${tables()}\n`);

async function parameterFigure() {
  const frames = Object.keys(parameters).map((_, i) => ({
    left: 60 + (i % 3) * 300,
    top: 52 + Math.floor(i / 3) * 280,
    width: 225,
    height: 188,
  }));
  const panels = Object.entries(parameters).map(([name, x], i) => {
    const list = at({}, [name]);
    const series = [
      { look: looks.neural, points: curve(list, name, "neural_r_1") },
      { look: looks.ridge, points: curve(list, name, "ridge_r_1") },
    ];
    return panel(frames[i], "", x, unit(i % 3 === 0 ? "r, one item ago" : ""), series);
  });
  await save(
    "parameters",
    960,
    590,
    "Capacity by parameter",
    "Pearson's r of the true and the decoded item one ago, against input gain, units, gain, density of J and of J_in, for the decoder with two hidden layers and for ridge regression; means over seeds with 95 % bootstrap intervals.",
    [
      panels,
      legend(680, 400, [looks.neural, looks.ridge], 150),
      text(680, 430, seeds > 1 ? `${seeds} seeds; bars: 95 % of bootstrapped means` : "one seed so far"),
    ],
  );
}

async function publishedFigure() {
  const y = {
    label: "mean squared error, one item ago",
    from: 0,
    to: 150,
    ticks: [0, 33.25, 66.5, 100, 143.5],
  };
  const panels = [
    ["input_gain", published.inputGain],
    ["units", published.units],
  ].map(([name, points], i) => {
    const list = at({}, [name]);
    const frame = { left: 80 + i * 440, top: 40, width: 350, height: 250 };
    return panel(frame, "", parameters[name], i === 0 ? y : { ...y, label: "" }, [
      { look: looks.published, dashed: true, points: points.map(([x, v]) => ({ x, y: v })) },
      { look: looks.neural, points: curve(list, name, "neural_mse_1") },
      { look: looks.ridge, points: curve(list, name, "ridge_mse_1") },
    ]);
  });
  await save(
    "published",
    900,
    390,
    "Error of the decoded number, and the published points",
    "Mean squared error of the number one item ago against input gain and units, with the published points, whose axis is called error and is not defined; lines at 33.25 (always the mean), 66.5 (a random draw) and 143.5 (always zero).",
    [panels, legend(80, 370, [looks.published, looks.neural, looks.ridge], 230)],
  );
}

async function lagFigure() {
  const lagsOf = (decoder) =>
    names
      .flatMap((name) => new RegExp(`^${decoder}_r_(\\d+)$`).exec(name)?.slice(1, 2).map(Number) ?? [])
      .sort((a, b) => a - b);
  const x = {
    label: "lag X (items ago)",
    from: -0.5,
    to: 11.5,
    ticks: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  };
  const over = (list, decoder, column) =>
    lagsOf(decoder).map((lag) => ({ x: lag, ...meanOf(values(list, `${decoder}_${column}_${lag}`)) }));
  const default_ = at({});
  const gains = [1, 3, 10, 20].filter((g) => at({ input_gain: g }).length > 0);
  const shade = gains.map((g, k) => ({ colour: shades[k], marker: marks[k], name: `gIn = ${g}` }));
  const frame = (i) => ({ left: 60 + i * 430, top: 52, width: 350, height: 208 });
  await save(
    "lags",
    880,
    350,
    "Capacity by lag",
    "Left: Pearson's r against lag at the default setting for both decoders. Right: share of items that ridge names right, against lag, for four input gains.",
    [
      panel(frame(0), "default setting", x, unit("r"), [
        { look: looks.neural, points: over(default_, "neural", "r") },
        { look: looks.ridge, points: over(default_, "ridge", "r") },
      ]),
      panel(
        frame(1),
        "ridge, by input gain",
        x,
        unit("accuracy (chance 0.05)"),
        gains.map((g, k) => ({ look: shade[k], points: over(at({ input_gain: g }), "ridge", "accuracy") })),
      ),
      legend(70, 330, [looks.neural, looks.ridge], 150),
      legend(500, 330, shade, 90),
    ],
  );
}

async function interactionFigure() {
  const sizes = [30, 100, 300].filter((n) => rows.some((row) => row.units === n));
  const sizeLooks = sizes.map((n, k) => ({ colour: shades[k], marker: marks[k], name: `N = ${n}` }));
  const noisy = at({ units: 300 }, ["gain", "noise"]).filter((row) => row.gain !== undefined);
  const noises = levels(noisy, "noise");
  const noiseLooks = noises.map((s, k) => ({ colour: shades[k], marker: marks[k], name: `noise ${s}` }));
  const x = { label: "input gain gIn", log: true, from: 0.45, to: 22, ticks: [0.5, 1, 2, 4, 10, 20] };
  const frame = (i) => ({ left: 60 + i * 430, top: 52, width: 350, height: 208 });
  await save(
    "interactions",
    880,
    350,
    "Interactions",
    "Left: capacity against input gain for three sizes. Right: capacity against gain for several sizes of noise, at 300 units. Two hidden layers, one item ago.",
    [
      panel(
        frame(0),
        "N and gIn",
        x,
        unit("r, one item ago"),
        sizes.map((n, k) => ({
          look: sizeLooks[k],
          points: curve(at({ units: n }, ["input_gain"]), "input_gain", "neural_r_1").filter(
            ({ x: v }) => v >= 0.5,
          ),
        })),
      ),
      panel(
        frame(1),
        "g and noise, N = 300",
        parameters.gain,
        unit(""),
        noises.map((s, k) => ({
          look: noiseLooks[k],
          points: curve(at({ units: 300, noise: s }, ["gain"]), "gain", "neural_r_1"),
        })),
      ),
      legend(70, 330, sizeLooks, 100),
      legend(500, 330, noiseLooks, 95),
    ],
  );
}

async function learningFigure() {
  const { lags } = JSON.parse(await readFile("docs/data/capacity-learning.json", "utf8"));
  const longest = Math.max(...lags.map(({ curve }) => curve.length));
  const ticks = Array.from({ length: Math.floor(longest / 20) + 1 }, (_, k) => 20 * k);
  const x = { label: "epoch", from: -1, to: longest + 2, ticks };
  const panels = lags.map(({ lag, curve, bestEpoch }, i) => {
    const of = (k) =>
      curve.map((losses, epoch) => ({ x: epoch + 1, y: losses[k] })).filter((_, e) => e % 3 === 0);
    const y = { label: i === 0 ? "cross-entropy (nats)" : "", from: 0, to: 3.2, ticks: [0, 1, 2, 3] };
    const frame = { left: 75 + i * 290, top: 52, width: 215, height: 188 };
    return panel(frame, `lag ${lag}; best after ${bestEpoch} epochs`, x, y, [
      { look: learning.training, points: of(0) },
      { look: learning.validation, points: of(1) },
    ]);
  });
  await save(
    "learning",
    940,
    320,
    "Learning curves of the decoder with two hidden layers",
    "Cross-entropy of the training batches, with noise on their inputs, and of the validation part, by epoch, at the default setting, for lags 1, 2 and 5; training ends ten epochs after the lowest validation loss.",
    [panels, legend(85, 305, Object.values(learning), 260)],
  );
}

function tables() {
  const parts = [];
  const show = (list, column) => {
    const { y, low, high } = meanOf(values(list, column));
    return Number.isFinite(y) ? `${y.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]` : "";
  };
  const settings = [
    ["default", {}],
    ["N = 30", { units: 30 }],
    ["N = 100", { units: 100 }],
    ["N = 300", { units: 300 }],
    ["gIn = 1", { input_gain: 1 }],
    ["gIn = 3", { input_gain: 3 }],
    ["gIn = 20", { input_gain: 20 }],
    ["g = 0.5", { gain: 0.5 }],
    ["g = 1.5", { gain: 1.5 }],
    ["spIn = 0.2", { input_density: 0.2 }],
    ["sp = 0.05", { density: 0.05 }],
  ];
  parts.push(
    "| setting | networks | sum of r^2, ridge, lags 0 to 11 | r, lag 1, two layers | r, lag 1, ridge | r, lag 5, two layers | r, lag 5, ridge |",
    "|---|---|---|---|---|---|---|",
    ...settings.map(([name, fixed]) => {
      const list = at(fixed);
      const cells = ["ridge_total_r2", "neural_r_1", "ridge_r_1", "neural_r_5", "ridge_r_5"].map((c) =>
        show(list, c),
      );
      return `| ${name} | ${list.length} | ${cells.join(" | ")} |`;
    }),
  );
  const worst = [1, 2, 5].map((lag) => {
    const differences = rows
      .filter((row) => row.outcome === "ok")
      .map((row) => row[`neural_r_${lag}`] - row[`ridge_r_${lag}`]);
    const points = new Map();
    rows.forEach((row) => {
      const key = row.id.replace(/-s\d+$/, "");
      points.set(key, [...(points.get(key) ?? []), row[`neural_r_${lag}`] - row[`ridge_r_${lag}`]]);
    });
    const means = [...points.values()].map((list) => list.reduce((a, b) => a + b, 0) / list.length);
    return `lag ${lag}: networks below ridge by more than 0.05: ${differences.filter((d) => d < -0.05).length} of ${differences.length}; worst point mean ${Math.min(...means).toFixed(3)}`;
  });
  parts.push("", ...worst);
  const trained = rows
    .flatMap((row) => [1, 2, 5].map((lag) => row[`neural_training_${lag}`]))
    .filter(Boolean);
  parts.push(`${trained.filter((t) => t === "converged").length} of ${trained.length} trainings converged`);
  parts.push(`${rows.length} networks, ${seeds} seeds`);
  return parts.join("\n");
}

async function save(name, width, height, title, description, parts) {
  await writeFile(`${out}-${name}.svg`, picture(width, height, title, description, parts));
}
