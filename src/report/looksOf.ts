import { type Look, pointLooks } from "./looks.js";
import type { ReportData } from "./reportData.js";

/** The looks that occur. */
export function looksOf({ points, slowPoints }: Pick<ReportData, "points" | "slowPoints">): Look[] {
  const present = Object.entries(pointLooks).filter(([kind]) =>
    kind === "slow" ? slowPoints.length > 0 : points.some((p) => p.stability === kind),
  );
  return present.map(([, look]) => look);
}
