/** How a network remembers; "unclassified" comes with a reason. */
export type MechanismLabel =
  | "direct-fixed-point"
  | "slow-manifold"
  | "limit-cycle"
  | "mixed"
  | "unclassified";

/** Why no mechanism is named. */
export type UnclassifiedReason =
  | "not learned"
  | "unbounded"
  | "chaos"
  | "memory already lost"
  | "not settled";

/** Where a memory ends. */
export type LimitKind = "fixed-point" | "limit-cycle" | "chaotic" | "unbounded" | "not-settled";

/** What the base rule needs to know about one memory. */
export interface MemoryFate {
  /** Number of its label. */
  readonly label: number;
  readonly limit: LimitKind;
  /** Names the place it ends: the point (or continuum of points), or the cycle and the phase on it. */
  readonly place: string;
  /** Whether it can still be told from every memory of another label at the end of the delay. */
  readonly toldApart: boolean;
}

/** Whether each memory ends in a place where a memory of another label ends too. O(P). */
export function sharedPlaces(fates: readonly Pick<MemoryFate, "label" | "place">[]): boolean[] {
  const labelsAt = new Map<string, Set<number>>();
  for (const { label, place } of fates) {
    const labels = labelsAt.get(place) ?? new Set<number>();
    labelsAt.set(place, labels.add(label));
  }
  return fates.map(({ place }) => labelsAt.get(place)!.size > 1);
}

/**
 * The base rule. Unclassified when the task was not learned, when a memory escapes, ends in chaos or has not settled,
 * or when two labels cannot be told apart at the end of the delay; otherwise {@link placesRule}. O(P).
 */
export function baseRule(
  fates: readonly MemoryFate[],
  solved: boolean,
): { readonly label: MechanismLabel; readonly reason: UnclassifiedReason | null } {
  const no = (reason: UnclassifiedReason) => ({ label: "unclassified" as const, reason });
  if (!solved) return no("not learned");
  if (fates.some((f) => f.limit === "unbounded")) return no("unbounded");
  if (fates.some((f) => f.limit === "chaotic")) return no("chaos");
  if (fates.some((f) => !f.toldApart)) return no("memory already lost");
  if (fates.some((f) => f.limit === "not-settled")) return no("not settled");
  return { label: placesRule(fates), reason: null };
}

/**
 * The mechanism by where memories end. No place shared by two labels: direct (all points) or limit cycle (all
 * cycles). Every memory shares its place with another label: slow manifold. Some of each: mixed. O(P).
 */
export function placesRule(
  fates: readonly Pick<MemoryFate, "label" | "limit" | "place">[],
): Exclude<MechanismLabel, "unclassified"> {
  const shared = sharedPlaces(fates);
  if (shared.every((s) => s)) return "slow-manifold";
  if (shared.some((s) => s)) return "mixed";
  if (fates.every((f) => f.limit === "fixed-point")) return "direct-fixed-point";
  if (fates.every((f) => f.limit === "limit-cycle")) return "limit-cycle";
  return "mixed";
}
