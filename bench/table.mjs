/** Prints rows under their heads; numbers to the right. */
export function printTable(title, columns, rows, note) {
  const text = rows.map((row) => row.map(String));
  const width = columns.map((head, j) => Math.max(head.length, ...text.map((row) => row[j].length)));
  const line = (cells) =>
    cells.map((cell, j) => (j === 0 ? cell.padEnd(width[j]) : cell.padStart(width[j]))).join("  ");
  console.log([title, line(columns), ...text.map(line), note ?? "", ""].join("\n"));
}

/** CPU seconds of this process that `work` took, and its result. */
export function cpuSeconds(work) {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

/** Middle value. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
