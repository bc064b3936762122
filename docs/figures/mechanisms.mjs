// The figures and tables of the mechanisms study, from its table of networks.
// From the repository, built: node docs/figures/mechanisms.mjs docs/data/mechanisms-n300 docs/images/mechanisms
// writes docs/images/mechanisms-*.svg, and prints the tables of docs/mechanisms.md.
import { writeFile } from "node:fs/promises";
import { legend, looks, meanOf, panel, picture, share, text } from "./chart.mjs";
import { readStudyTable } from "./studyTable.mjs";

const [folder = "docs/data/mechanisms-n300", out = "docs/images/mechanisms"] = process.argv.slice(2);

const { names, rows } = await readStudyTable(folder);

const solved = rows.filter((row) => row.solved === true);
const classified = solved.filter(({ mechanism }) => mechanism !== "unclassified");
const labels = ["direct-fixed-point", "slow-manifold", "limit-cycle", "mixed"];
const present = labels.filter((label) => classified.some(({ mechanism }) => mechanism === label));
const of = (label) => classified.filter(({ mechanism }) => mechanism === label);
const values = (list, name) => list.map((row) => row[name]).filter((value) => value !== null);
const levels = (name) => [...new Set(rows.map((row) => row[name]))].sort((a, b) => a - b);
const shares = { label: "share of networks", from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
const solvedLook = { colour: "#222222", marker: "cross", name: "solved, of all" };

/** Columns `PREFIXn` as numbers n, rising. */
const extents = (pattern) =>
  names
    .flatMap((name) => pattern.exec(name)?.slice(1, 2).map(Number) ?? [])
    .filter(Number.isFinite)
    .sort((a, b) => a - b);

await prevalence();
await forgetting();
await noise();
await landscape();
process.stdout.write(`${tables()}\n`);

async function prevalence() {
  const parameters = [
    ["gain", "gain g"],
    ["feedback_divisor", "feedback divisor (40 weak, 1 strong)"],
    ["density", "density of J"],
  ];
  const panels = parameters.map(([name, label], i) => {
    const at = levels(name);
    const x = { label, from: -0.4, to: at.length - 0.6, ticks: at.map((value, k) => [k, value]) };
    const series = [
      ...present.map((mechanism) => ({
        look: looks[mechanism],
        points: at.map((value, k) => {
          const among = classified.filter((row) => row[name] === value);
          const hits = among.filter((row) => row.mechanism === mechanism).length;
          return { x: k, ...share(hits, among.length) };
        }),
      })),
      {
        look: solvedLook,
        dashed: true,
        points: at.map((value, k) => {
          const among = rows.filter((row) => row[name] === value);
          return { x: k, ...share(among.filter((row) => row.solved === true).length, among.length) };
        }),
      },
    ];
    const frame = { left: 60 + i * 300, top: 52, width: 225, height: 188 };
    return panel(frame, "", x, { ...shares, label: i === 0 ? shares.label : "" }, series);
  });
  await save(
    "prevalence",
    960,
    320,
    "Prevalence of the mechanisms",
    "Share of each mechanism among the networks that solve the task, by gain, feedback divisor and density, with 95 % Wilson intervals; dashed: share of all networks that solve the task.",
    [panels, legend(70, 305, [...present.map((label) => looks[label]), solvedLook])],
  );
}

async function forgetting() {
  const at = extents(/^kept_(\d+(?:\.\d+)?)$/).filter((v) => v > 0);
  const x = {
    label: "extra delay (tau; the delay trained is 5)",
    log: true,
    from: at[0] * 0.9,
    to: at.at(-1) * 1.1,
    ticks: [1, 2, 5, 10, 25, 50, 100, 200, 400].filter((v) => v <= at.at(-1)),
  };
  const curve = (column) =>
    present.map((label) => ({
      look: looks[label],
      points: at.map((v) => ({ x: v, ...meanOf(values(of(label), `${column}_${v}`)) })),
    }));
  const frame = (i) => ({ left: 60 + i * 430, top: 52, width: 350, height: 208 });
  await save(
    "forgetting",
    880,
    340,
    "Forgetting",
    "Left: share of cases whose memory readout is nearer the right class when the delay has been extended. Right: share of cases whose answer changes by more than 0.1. Means over networks per mechanism, with 95 % bootstrap intervals.",
    [
      panel(frame(0), "memory kept", x, { ...shares, label: "share of cases" }, curve("kept")),
      panel(frame(1), "answer changed", x, { ...shares, label: "" }, curve("forget")),
      legend(
        70,
        325,
        present.map((label) => looks[label]),
      ),
    ],
  );
}

async function noise() {
  const panels = [
    ["noise_biased", "noise as in the original (biased)", /^noise_biased_(\d+(?:\.\d+)?)$/],
    ["noise_zero_mean", "noise of zero mean", /^noise_zero_mean_(\d+(?:\.\d+)?)$/],
  ].map(([column, title, pattern], i) => {
    const at = extents(pattern);
    const ticks = [
      [0, "none"],
      ...at.map((v, k) => [k + 1, column === "noise_biased" && v === 0 ? "bias" : v]),
    ];
    const x = { label: "size of the noise on stimulus 1", from: -0.3, to: at.length + 0.3, ticks };
    const series = present.map((label) => ({
      look: looks[label],
      points: [
        { x: 0, ...meanOf(values(of(label), "noise_free")) },
        ...at.map((v, k) => ({ x: k + 1, ...meanOf(values(of(label), `${column}_${v}`)) })),
      ],
    }));
    const frame = { left: 60 + i * 430, top: 52, width: 350, height: 208 };
    return panel(frame, title, x, { ...shares, label: i === 0 ? "share of runs that fail" : "" }, series);
  });
  await save(
    "noise",
    880,
    340,
    "Noise",
    "Share of runs whose last answer is off by more than 0.1, by size of the noise on stimulus 1; left noise with the bias of the original study, right of zero mean. Means over networks per mechanism, with 95 % bootstrap intervals.",
    [
      panels,
      legend(
        70,
        325,
        present.map((label) => looks[label]),
      ),
    ],
  );
}

async function landscape() {
  const measures = [
    ["efficiency", "attractors used / all", 1],
    ["saturation_delay", "saturated units, delay 1", 1],
    ["phasic_index", "phasic index, delay 1", 0.4],
  ];
  const panels = measures.map(([column, title, to], i) => {
    const x = { label: "", from: -0.6, to: present.length - 0.4, ticks: [] };
    const ticks = [0, 1, 2, 3, 4].map((k) => Math.round(25 * k * to) / 100);
    const series = present.map((label, k) => ({
      look: looks[label],
      points: [{ x: k, ...meanOf(values(of(label), column)) }],
    }));
    const frame = { left: 60 + i * 230, top: 52, width: 160, height: 188 };
    return panel(frame, title, x, { label: "", from: 0, to, ticks }, series);
  });
  await save(
    "landscape",
    740,
    290,
    "Attractors and activity",
    "Share of attractors that the task uses, share of saturated units and phasic index in delay 1: means over networks per mechanism, with 95 % bootstrap intervals.",
    [
      panels,
      legend(
        70,
        272,
        present.map((label) => looks[label]),
      ),
    ],
  );
}

async function save(name, width, height, title, description, parts) {
  await writeFile(
    `${out}-${name}.svg`,
    picture(width, height, title, description, [
      text(width / 2, 18, `${title}: ${classified.length} networks`, {
        "text-anchor": "middle",
        "font-size": 14,
      }),
      parts,
    ]),
  );
}

function tables() {
  const percent = ({ y, low, high }) =>
    Number.isFinite(y)
      ? `${(100 * y).toFixed(0)} % (${(100 * low).toFixed(0)}-${(100 * high).toFixed(0)})`
      : "";
  const figure = ({ y, low, high }, digits) =>
    Number.isFinite(y) ? `${y.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})` : "";
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const head = (cells) => [line(cells), line(cells.map(() => "---"))];
  const result = [
    `${rows.length} networks, ${solved.length} solve the task, ${classified.length} of them have a mechanism.`,
    "",
    ...head(["", "networks", "solved", ...labels]),
  ];
  for (const name of ["gain", "feedback_divisor", "density", "seed"])
    for (const value of levels(name)) {
      const all = rows.filter((row) => row[name] === value);
      const good = classified.filter((row) => row[name] === value);
      result.push(
        line([
          `${name} ${value}`,
          all.length,
          percent(share(all.filter((row) => row.solved === true).length, all.length)),
          ...labels.map((label) =>
            percent(share(good.filter((r) => r.mechanism === label).length, good.length)),
          ),
        ]),
      );
    }
  result.push(
    line([
      "all",
      rows.length,
      percent(share(solved.length, rows.length)),
      ...labels.map((label) => percent(share(of(label).length, classified.length))),
    ]),
    "",
    ...head(["measure", ...present]),
  );
  for (const [column, digits] of [
    ["rmse_mean", 3],
    ["noise_free", 2],
    ["kept_10", 2],
    ["kept_25", 2],
    ["kept_400", 2],
    ["forget_25", 2],
    ["forget_100", 2],
    ["noise_biased_2", 2],
    ["noise_biased_5", 2],
    ["noise_zero_mean_5", 2],
    ["noise_zero_mean_20", 2],
    ["noise_zero_mean_40", 2],
    ["interruption_0.5", 2],
    ["efficiency", 2],
    ["attractors_used", 1],
    ["attractors_total", 1],
    ["attractors_spurious", 1],
    ["saturation_delay", 2],
    ["phasic_index", 3],
    ["memory_time_constant", 1],
  ])
    result.push(line([column, ...present.map((label) => figure(meanOf(values(of(label), column)), digits))]));
  const reasons = new Map();
  for (const { mechanism, reason } of rows)
    if (mechanism === "unclassified") reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  result.push("", `unclassified: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ")}`);
  const original = new Map();
  for (const row of classified) {
    const key = `${row.mechanism} / ${String(row.original_trial_ends).replace(/\d+$/, "")}`;
    original.set(key, (original.get(key) ?? 0) + 1);
  }
  result.push(
    `ours / the authors' rule: ${[...original].map(([key, count]) => `${key} ${count}`).join(", ")}`,
  );
  return result.join("\n");
}
