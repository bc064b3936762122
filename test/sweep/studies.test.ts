/** The two studies are sweeps: by one process, by workers, from an older folder, the same table. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireBuild } from "../helpers/files.js";
import { collected, command, configIn, idsOnDisk, newDesk } from "./demo.js";

const configs = {
  mechanisms: {
    grid: {
      units: 24,
      trials: 40,
      gains: [0.8, 1.2],
      densities: [0.5],
      feedbackDivisors: [1],
      seeds: [0, 1],
    },
    tests: { quick: true },
  },
  capacity: {
    network: { units: 40, dt: 0.5 },
    stream: { items: 300, values: 4 },
    decoding: { decoders: { ridge: [0, 1, 2] }, beyond: 20 },
    sweeps: [{ gain: [0.5, 1.5] }, { units: [5, 40] }],
    seeds: [0, 1],
    search: { over: { gain: [0.2, 1.6] }, budget: 6 },
  },
};

/** DuckDB's answer. */
async function ask(query: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const answer = await connection.runAndReadAll(query);
  connection.closeSync();
  return answer.getRowObjects();
}
const types = async (file: string) =>
  (await ask(`DESCRIBE SELECT * FROM '${file}'`)).map((row) => [row.column_name, row.column_type]);
const rowsBy = (file: string) => ask(`SELECT * FROM '${file}'`);

let desk = "";
const at = (name: string) => join(desk, name);
beforeAll(() => {
  requireBuild();
  desk = newDesk();
});
afterAll(() => rmSync(desk, { recursive: true, force: true }));

describe.each(["mechanisms", "capacity"] as const)("the %s study", (name) => {
  const config = () => configIn(desk, name, configs[name]);

  test("gives the same rows by one process and by workers", async () => {
    expect(await command(["study", name, config(), "--out", at(`${name}-one`), "--quiet"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const args = ["sweep", "run", name, config(), "--out", at(`${name}-two`), "--workers", "2", "--quiet"];
    expect(await command(args)).toEqual({ code: 0, stdout: "", stderr: "" });
    const sorted = (out: string) => idsOnDisk(at(out)).sort();
    expect(sorted(`${name}-two`)).toEqual(sorted(`${name}-one`));
    const [one, two] = [await collected(at(`${name}-one`)), await collected(at(`${name}-two`))];
    const lines = (csv: string) => csv.trim().split("\n").sort();
    expect(lines(two.csv)).toEqual(lines(one.csv));
  });

  test("goes on in a folder of an older version, which has rows and a configuration only", async () => {
    const folder = at(`${name}-one`);
    const table = readFileSync(join(folder, "table.csv"), "utf8");
    const rows = join(folder, "rows-1-of-1.jsonl");
    const lines = readFileSync(rows, "utf8").trimEnd().split("\n");
    // The older version ended a line that was cut short with nothing but a new line.
    writeFileSync(rows, `${lines[0].slice(0, lines[0].indexOf("}") + 1)}\n${lines.slice(1).join("\n")}\n`);
    rmSync(join(folder, "sweep.json"));
    const early = await command(["sweep", "status", folder]);
    expect(early).toMatchObject({ code: 2, stdout: "" });
    expect(early.stderr).toContain("begun by an older version");
    expect((await command(["sweep", "run", name, config(), "--out", folder, "--quiet"])).code).toBe(0);
    expect(readdirSync(folder).filter((file) => file.startsWith("rows-"))).toHaveLength(2);
    expect(new Set(idsOnDisk(folder)).size).toBe(lines.length);
    expect((await command(["study", name, config(), "--out", folder, "--quiet"])).code).toBe(0);
    const sorted = (text: string) => text.split("\n").sort();
    expect(sorted(readFileSync(join(folder, "table.csv"), "utf8"))).toEqual(sorted(table));
  });

  test("is collected with its schema, and a Parquet reader finds what the CSV file has", async () => {
    const folder = at(`${name}-two`);
    const { csv } = await collected(folder);
    const file = await asyncBufferFromFile(join(folder, "collected.parquet"));
    const metadata = await parquetMetadataAsync(file);
    const own = metadata.key_value_metadata!.find(({ key }) => key === "rnn-dynamics")!;
    const { columns, name: named, failed } = JSON.parse(own.value!);
    expect([named, failed]).toEqual([name, 0]);
    const objects = (await parquetReadObjects({ file })) as Record<string, unknown>[];
    const [head, ...lines] = csv.trim().split("\n");
    expect(columns.map((column: { name: string }) => column.name)).toEqual(head.split(","));
    expect(
      objects.map((row) =>
        Object.values(row)
          .map((cell) => cell ?? "")
          .join(","),
      ),
    ).toEqual(lines);
    expect(await types(join(folder, "collected.parquet"))).toEqual(
      columns.map((column: { name: string; type: string }) => [
        column.name,
        { number: "DOUBLE", text: "VARCHAR", boolean: "BOOLEAN" }[column.type],
      ]),
    );
    expect(await rowsBy(join(folder, "collected.parquet"))).toEqual(objects);
    const web = JSON.parse(readFileSync(join(folder, "collected.csv-metadata.json"), "utf8"));
    expect(web.tableSchema.columns.map((column: { name: string }) => column.name)).toEqual(head.split(","));
  });
});
