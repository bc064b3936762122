/** How long what is left takes, at the pace so far: `3m20s`; "-" until something is done. */
export function timeLeft(seconds: number, done: number, left: number): string {
  if (!(done > 0)) return "-";
  const all = Math.ceil((seconds * Math.max(0, left)) / done);
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  if (hours > 0) return `${hours}h${String(minutes).padStart(2, "0")}m`;
  return minutes > 0 ? `${minutes}m${String(all % 60).padStart(2, "0")}s` : `${all}s`;
}
