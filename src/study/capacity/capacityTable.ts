import { describe, fail } from "../../core/check.js";
import { type Cell, csvText } from "../csvText.js";
import { type CapacityRow, capacityRowSchema } from "./capacityRow.js";

/** A row of the study as named cells; `neural_r_2` is Pearson's r of the neural decoder at lag 2. */
export function capacityCells(row: CapacityRow): [column: string, value: Cell][] {
  const { network, baselines, decoders } = row;
  return [
    ["id", row.id],
    ["study", row.study],
    ...networkCells(row),
    ["kernel", row.kernel],
    ["outcome", row.outcome],
    ["capacity", row.capacity],
    ["spectral_radius", network.spectralRadius],
    ["abscissa", network.abscissa],
    ["dead_channels", network.deadChannels],
    ["units_without_input", network.unitsWithoutInput],
    ["rms", network.rms],
    ["participation_ratio", network.participationRatio],
    ["constant_units", network.constantUnits],
    ["singular_gram", network.singularGram],
    ["mse_constant", baselines?.constantError ?? null],
    ["mse_zero", baselines?.zeroError ?? null],
    ["mse_draw", baselines?.drawError ?? null],
    ["accuracy_majority", baselines?.majorityAccuracy ?? null],
    ["accuracy_chance", baselines?.chanceAccuracy ?? null],
    ["r_shuffled", baselines?.shuffled.correlation ?? null],
    ["accuracy_shuffled", baselines?.shuffled.accuracy ?? null],
    ["bits_shuffled", baselines?.shuffled.information ?? null],
    ["r_beyond", baselines?.beyond?.correlation ?? null],
    ["accuracy_beyond", baselines?.beyond?.accuracy ?? null],
    ["bits_beyond", baselines?.beyond?.information ?? null],
    ...decoders.flatMap(({ decoder, totalDetermination, totalInformation, lags }): [string, Cell][] => [
      [`${decoder}_total_r2`, totalDetermination],
      [`${decoder}_total_bits`, totalInformation],
      ...lags.flatMap(({ lag, training, ...scores }): [string, Cell][] => [
        [`${decoder}_r_${lag}`, scores.correlation],
        [`${decoder}_accuracy_${lag}`, scores.accuracy],
        [`${decoder}_bits_${lag}`, scores.information],
        [`${decoder}_mse_${lag}`, scores.meanSquaredError],
        ...(training
          ? ([
              [`${decoder}_epochs_${lag}`, training.epochs],
              [`${decoder}_training_${lag}`, training.outcome],
              [`${decoder}_noise_${lag}`, training.inputNoise],
              [`${decoder}_loss_${lag}`, training.validationLoss],
            ] as [string, Cell][])
          : []),
      ]),
    ]),
  ];
}

/** Parameters and seed of a network as named cells. */
export function networkCells({
  point,
  seed,
}: Pick<CapacityRow, "point" | "seed">): [column: string, value: Cell][] {
  return [
    ["units", point.units],
    ["gain", point.gain],
    ["input_gain", point.inputGain],
    ["density", point.density],
    ["input_density", point.inputDensity],
    ["noise", point.noise],
    ["seed", seed],
  ];
}

/**
 * Rows of the capacity study as a CSV file, a header first. Empty text without rows. O(cells).
 *
 * @example
 * ```ts
 * capacityTable([]); // => ""
 * ```
 */
export function capacityTable(rows: readonly CapacityRow[]): string {
  if (!Array.isArray(rows)) fail("capacityTable", `rows must be a list of rows, got ${describe(rows)}`);
  rows.forEach((row, i) => {
    if (row?.schema !== capacityRowSchema)
      fail("capacityTable", `rows[${i}] must be a row of capacityStudy, got ${describe(row)}`);
  });
  return csvText(rows.map(capacityCells));
}
