/** Above this condition number an eigenvalue has lost half of its digits. */
const illConditioned = 1e8;

/** What to keep in mind about eigenvalues of these condition numbers, of a matrix of this norm, in plain sentences. */
export function conditionWarnings(condition: Float64Array, norm: number): string[] {
  const warnings: string[] = [];
  const say = (value: number) => value.toPrecision(3);
  const defective = condition.reduce((count, c) => count + (c === Infinity ? 1 : 0), 0);
  if (defective > 0)
    warnings.push(
      `${defective} of ${condition.length} eigenvalues are defective: their left vectors are not scaled to w^H v = 1.`,
    );
  const worst = condition.reduce((most, c) => (Number.isFinite(c) ? Math.max(most, c) : most), 0);
  if (worst > illConditioned)
    warnings.push(
      `An eigenvalue has condition number ${say(worst)}: rounding alone may move it by about ${say(worst * norm * Number.EPSILON)}.`,
    );
  return warnings;
}
