import { inflateSync } from "node:zlib";
import { afterAll, describe, expect, test, vi } from "vitest";
import { readHdf5 } from "../../src/io/hdf5.js";
import { readKeras } from "../../src/io/keras.js";
import { threadReader } from "../../src/io/nodeHdf5.js";
import { pageReader } from "../../src/io/pageHdf5.js";
import { writeZip } from "../../src/io/zip.js";
import { complaintOf, fromBase64, oracle } from "./helpers.js";

const { files } = oracle("networkFiles") as { files: { name: string; deflated: string }[] };
const stored = (name: string) =>
  new Uint8Array(inflateSync(fromBase64(files.find((f) => f.name === name)!.deflated)));
const thread = threadReader()!;
afterAll(() => thread.close());

/** A group whose list of names leads back to itself: the HDF5 library never ends reading it. */
function endless(): Uint8Array {
  const bytes = stored("Keras 2 gru before.weights.h5");
  bytes.set([255, 81, 255, 21, 255, 140, 255, 255], 993);
  return bytes;
}

describe("HDF5 files", () => {
  test("that would be read for ever are given up in time, and the next one is read", async () => {
    const start = process.cpuUsage();
    expect(await complaintOf(readHdf5(endless(), "f.h5", thread))).toMatch(
      /^f\.h5: .*did not finish reading/,
    );
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(4000); // the library's start included
    expect((await readHdf5(stored("Keras 2 rnn.h5"), "f.h5", thread)).tensors.size).toBe(5);
  });

  test("are read alike on a thread and on the page", async () => {
    for (const name of ["Keras 2 gru.h5", "Keras 3 lstm.weights.h5"])
      expect(await readHdf5(stored(name), "f", pageReader())).toEqual(
        await readHdf5(stored(name), "f", thread),
      );
    const printed = vi.spyOn(console, "error");
    expect(
      await complaintOf(readHdf5(stored("Keras 2 gru.h5").subarray(0, 3000), "f", pageReader())),
    ).toMatch(/^f: /);
    expect(printed).not.toHaveBeenCalled();
    expect((await readHdf5(stored("Keras 2 gru.h5"), "f", pageReader())).tensors.size).toBe(5);
  });

  test("cut off anywhere are refused in one line", async () => {
    const bytes = stored("Keras 2 lstm.weights.h5");
    for (let length = 0; length < bytes.length; length += 97)
      expect(await complaintOf(readHdf5(bytes.slice(0, length), "f", thread))).toMatch(/^f: /);
  });

  test("that say they hold far more than they do are refused before memory is taken", async () => {
    // The dataspace of a dataset of 3 x 9 numbers: its sizes, 8 bytes each.
    const bytes = stored("Keras 2 gru before.weights.h5");
    const view = new DataView(bytes.buffer);
    let changed = 0;
    for (let at = 0; at + 16 <= bytes.length; at += 8)
      if (view.getBigUint64(at, true) === 3n && view.getBigUint64(at + 8, true) === 9n) {
        view.setBigUint64(at, 2n ** 40n, true);
        changed++;
      }
    expect(changed).toBeGreaterThan(0);
    const before = process.memoryUsage.rss();
    expect(await complaintOf(readHdf5(bytes, "f", thread))).toMatch(/^f: /);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
  });
});

describe("Keras archives", () => {
  const config = new TextEncoder().encode('{"class_name": "Sequential", "config": {"layers": []}}');
  const archive = (weights: Uint8Array, packed = false) =>
    writeZip(
      [
        { name: "config.json", bytes: config },
        { name: "model.weights.h5", bytes: weights },
      ],
      packed,
    );

  test("are read packed or not", async () => {
    const weights = stored("Keras 3 gru.weights.h5");
    const plain = await readKeras(archive(weights), "f", thread);
    expect(await readKeras(archive(weights, true), "f", thread)).toEqual(plain);
    expect(plain.metadata.model_config).toBe(new TextDecoder().decode(config));
  });

  test("that are bombs are refused", async () => {
    const bomb = archive(new Uint8Array(2 ** 24), true);
    expect(bomb.length).toBeLessThan(2 ** 16);
    expect(await complaintOf(readKeras(bomb, "f", thread))).toMatch(/declares 16777216 bytes/);
  });

  test("without weights, or with damaged ones, are refused", async () => {
    expect(
      await complaintOf(readKeras(writeZip([{ name: "config.json", bytes: config }], false), "f", thread)),
    ).toMatch(/without model\.weights\.h5/);
    expect(await complaintOf(readKeras(archive(endless()), "f", thread))).toMatch(/did not finish/);
  });
});
