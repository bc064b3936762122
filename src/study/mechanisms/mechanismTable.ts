import { describe, fail } from "../../core/check.js";
import { type Cell, csvText } from "../csvText.js";
import type { MechanismParameters } from "./mechanismGrid.js";
import { type MechanismRow, mechanismRowSchema } from "./mechanismRow.js";

/**
 * A row of the study as named cells, in the order of the table's columns. Lists have a cell per entry, named after
 * what they are a list over: `forget_25` is the share that failed with 25 tau more of delay 1, `noise_biased_5` that
 * with biased noise of size 5. Rows measured with the same options have the same columns, whatever is null in them.
 */
export function mechanismCells(row: MechanismRow): [column: string, value: Cell][] {
  const { training, success, evidence, original, activity, spectra, landscape, options } = row;
  const modes = (name: string, at: MechanismRow["spectra"]["after"]): [string, Cell][] => [
    [`${name}_rate`, at.rate],
    [`${name}_next_rate`, at.nextRate],
    [`${name}_gap`, at.gap],
    [`${name}_growing`, at.growing],
    ...Array.from({ length: 8 }, (_, k): [string, Cell][] => [
      [`${name}_re_${k + 1}`, at.eigenvalues[k]?.[0] ?? null],
      [`${name}_im_${k + 1}`, at.eigenvalues[k]?.[1] ?? null],
    ]).flat(),
  ];
  const slowestUsed = (landscape?.attractors ?? [])
    .filter((a) => a.rate !== null && (a.fromEnds > 0 || a.fromMemories))
    .reduce<number | null>((most, { rate }) => (most === null || rate! > most ? rate : most), null);
  return [
    ["id", row.id],
    ["study", row.study],
    ...parameterCells(row.parameters),
    ["training", training.outcome],
    ["training_failed_at", training.failedAt],
    ["training_answer_error", training.answerError],
    ["training_memory_error", training.memoryError],
    ["kernel", training.kernel],
    ["solved", row.solved],
    ["measured", row.measured],
    ["mechanism", row.mechanism],
    ["reason", row.reason],
    ["confidence", row.confidence],
    ["runner_up", row.runnerUp],
    ["delay2_mechanism", row.delay2?.label ?? null],
    ["delay2_confidence", row.delay2?.confidence ?? null],
    ["original_trial_ends", original.trialEnds.label],
    ["original_noisy", original.noisy?.label ?? null],
    ["success_share", success.share],
    ["decided", success.decided],
    ["rmse_mean", success.meanRmse],
    ["rmse_median", success.medianRmse],
    ["rmse_worst", success.worstRmse],
    ...success.below.map(({ rmse, share }): [string, Cell] => [`below_${rmse}`, share]),
    ...success.original.map(({ epsilon, failed }): [string, Cell] => [`original_error_${epsilon}`, failed]),
    ["limits_fixed_point", evidence?.limits["fixed-point"] ?? null],
    ["limits_cycle", evidence?.limits["limit-cycle"] ?? null],
    ["limits_chaotic", evidence?.limits.chaotic ?? null],
    ["limits_not_settled", evidence?.limits["not-settled"] ?? null],
    ["limits_unbounded", evidence?.limits.unbounded ?? null],
    ["shared_limits", evidence?.shared ?? null],
    ["memory_attractors", evidence?.attractors ?? null],
    ["memory_time_constant", evidence?.timeConstant ?? null],
    ["memory_slow_modes", evidence?.slowModes ?? null],
    ["memory_gap", evidence?.gap ?? null],
    ["lifetime_shortest", evidence?.shortestLifetime ?? null],
    ["lifetime_median", evidence?.medianLifetime ?? null],
    ["lifetime_lasting", evidence?.lasting ?? null],
    ["separation_time", evidence?.separationTime ?? null],
    ["separation", evidence?.separation ?? null],
    ["separation_kept", evidence?.separationKept ?? null],
    ["slow_share_displacement", evidence?.slowShareOfDisplacement ?? null],
    ["slow_share_deviation", evidence?.slowShareOfDeviation ?? null],
    ["speed_end_to_start", evidence?.endToStartSpeed ?? null],
    ["phasic_index", activity.phasicIndex],
    ["phasic_index_delay2", activity.phasicIndexDelay2],
    ["saturation_delay", activity.saturationDelay],
    ["saturation_response", activity.saturationResponse],
    ["answer_norm", spectra.answerNorm],
    ["memory_norm", spectra.memoryNorm],
    ...modes("before", spectra.before),
    ...modes("after", spectra.after),
    ...row.depth.map(({ trials, mean }): [string, Cell] => [`depth_${trials}`, mean]),
    ["attractors_used", landscape?.used ?? null],
    ["attractors_used_by_ends", landscape?.usedByEnds ?? null],
    ["attractors_reached", landscape?.reached ?? null],
    ["attractors_total", landscape?.total ?? null],
    ["attractors_spurious", landscape?.spurious ?? null],
    ["attractors_not_settled", landscape?.notSettled ?? null],
    ["efficiency", landscape?.efficiency ?? null],
    ["slowest_used_rate", slowestUsed],
    ["kept_0", row.forgetting?.nominal.kept ?? null],
    ["memory_error_0", row.forgetting?.nominal.memoryError ?? null],
    ["neighbours_0", row.forgetting?.nominal.neighbours ?? null],
    ...options.extensions.flatMap((extension, i): [string, Cell][] => {
      const at = row.forgetting?.extended[i];
      return [
        [`forget_${extension}`, at?.failed ?? null],
        [`forget_asymptotic_${extension}`, at?.asymptotic ?? null],
        [`forget_decided_${extension}`, at?.decided ?? null],
        [`forget_change_${extension}`, at?.change ?? null],
        [`kept_${extension}`, at?.kept ?? null],
        [`memory_error_${extension}`, at?.memoryError ?? null],
        [`neighbours_${extension}`, at?.neighbours ?? null],
      ];
    }),
    ...failures("noise_free", row.noise?.noiseFree),
    ...options.biased.flatMap((sigma, i) => failures(`noise_biased_${sigma}`, row.noise?.levels[i])),
    ...options.zeroMean.flatMap((sigma, i) =>
      failures(`noise_zero_mean_${sigma}`, row.noise?.levels[options.biased.length + i]),
    ),
    ...options.fractions.flatMap((fraction, i) =>
      failures(`interruption_${fraction}`, row.interruption?.[i]),
    ),
  ];
}

/** The parameters of a network as named cells. */
export function parameterCells(p: MechanismParameters): [column: string, value: Cell][] {
  return [
    ["distribution", p.distribution],
    ["seed", p.seed],
    ["density", p.density],
    ["gain", p.gain],
    ["feedback_divisor", p.feedbackDivisor],
    ["input_divisor", p.inputDivisor],
    ["units", p.units],
    ["trials", p.trials],
  ];
}

function failures(
  name: string,
  at: { readonly failed: number; readonly asymptotic: number; readonly decided: number } | undefined,
): [string, Cell][] {
  return [
    [name, at?.failed ?? null],
    [`${name}_asymptotic`, at?.asymptotic ?? null],
    [`${name}_decided`, at?.decided ?? null],
  ];
}

/**
 * Rows of the study as a CSV file (RFC 4180, lines end in \n), a header first. Rows with other options may have other
 * columns: the header has all of them, in order of appearance. Empty text without rows. O(cells).
 *
 * @example
 * ```ts
 * mechanismTable([]); // => ""
 * const grid = { units: 20, trials: 4, gains: [0.8], densities: [0.5], feedbackDivisors: [1], seeds: [0] };
 * const [header] = mechanismTable(mechanismStudy({ grid, tests: { quick: true } })).split("\n");
 * header.startsWith("id,study,distribution,seed,density,gain,feedback_divisor"); // => true
 * ```
 */
export function mechanismTable(rows: readonly MechanismRow[]): string {
  if (!Array.isArray(rows)) fail("mechanismTable", `rows must be a list of rows, got ${describe(rows)}`);
  rows.forEach((row, i) => {
    if (row?.schema !== mechanismRowSchema)
      fail("mechanismTable", `rows[${i}] must be a row of mechanismStudy, got ${describe(row)}`);
  });
  return csvText(rows.map(mechanismCells));
}
