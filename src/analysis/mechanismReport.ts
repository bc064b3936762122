import type { LimitKind, MechanismLabel, UnclassifiedReason } from "./mechanismRule.js";
import type { AttractorType } from "./settled.js";
import type { SlowPointKind } from "./slowPoints.js";
import type { Stability } from "./stability.js";

/** Names the shape of {@link MechanismReport}; changes when that does. */
export const mechanismSchema = "rnn-dynamics/mechanism@1";

/** A complex number as JSON has it. */
type Pair = readonly [real: number, imaginary: number];

/** How long a memory lasts: see `lifetime`. */
export type LifetimeKind = "measured" | "for-ever" | "beyond-horizon" | "undefined";

/** The slow modes of a linearisation. Times in steps or units of time; infinite numbers are null. */
export interface SlowModes {
  /** Number of modes that decay less than e-fold within the delay, or grow; 0 when none does. */
  readonly dimension: number;
  /** Decay times of these (of the slowest mode when there are none); null: does not decay. */
  readonly timeConstants: readonly (number | null)[];
  /** Decay rate of the slowest other mode over that of the fastest of these; null: infinite, or no other mode. */
  readonly gap: number | null;
}

/** One memory: how it fares during the delay, and where it ends. */
export interface MechanismMemory {
  readonly label: string | number;
  readonly limit: LimitKind;
  /** `id` of the attractor it ends on; null when it has none. */
  readonly attractor: number | null;
  /** Position on a cycle, in turns from the attractor's `state`, the same instant for all memories; else null. */
  readonly phase: number | null;
  /** Whether a memory of another label ends in the same place. */
  readonly shared: boolean;
  /** Whether it can be told from every memory of another label when the delay ends. */
  readonly toldApart: boolean;
  /**
   * Time from the start of the delay until it cannot be told apart any more. null: for ever ("for-ever"), at least as
   * long as it was followed ("beyond-horizon"), or without meaning ("undefined": chaos, escape).
   */
  readonly lifetime: number | null;
  readonly lifetimeKind: LifetimeKind;
  /** Distance to the nearest memory of another label, when the delay starts and ends. */
  readonly separation: { readonly start: number | null; readonly delay: number | null };
  /** Distance below which it counts as lost. */
  readonly resolution: number;
  /** Time in which that distance falls e-fold late in the delay; null: it does not fall. */
  readonly decayTime: number | null;
  /** Distance to the attractor when the delay ends. */
  readonly toGo: number | null;
  /** Distance from the attractor to the nearest one of another label; null: there is none. */
  readonly gapToOthers: number | null;
  /** Time constant of the slowest mode that leads from its point toward one of another label; null: infinite or none. */
  readonly weakestTimeConstant: number | null;
  /** Length of the way gone during the delay, and distance between its ends. */
  readonly path: { readonly length: number | null; readonly displacement: number | null };
  /** Shares in the slow eigenspace at the point it is nearest to; null without such a point. */
  readonly slowShare: {
    readonly at: "attractor" | "slow-point";
    readonly id: number;
    /** Of the displacement during the delay. */
    readonly ofDisplacement: number | null;
    /** Of what separates it from the point when the delay ends. */
    readonly ofDeviation: number | null;
  } | null;
}

/** One attractor that a memory ends on. */
export interface MechanismAttractor {
  readonly id: number;
  readonly type: "fixed-point" | "limit-cycle" | "chaotic";
  /** What `findAttractors` calls it: "cycle" (of a map), "limit-cycle" (of a flow), "quasi-periodic" ... */
  readonly motion: AttractorType;
  readonly state: readonly number[];
  /** Up to 64 states along a cycle or cloud; one for a point. */
  readonly states: readonly (readonly number[])[];
  /** Fixed point: eigenvalues of dF/dx; else null. */
  readonly eigenvalues: readonly Pair[] | null;
  /** Steps or time of one turn; null where that has no meaning. */
  readonly period: number | null;
  /** Cycle: multipliers over one turn; null where they are not known. */
  readonly multipliers: readonly Pair[] | null;
  readonly stability: Stability | null;
  /** Decay time of the slowest mode; null: does not decay, or not known. */
  readonly timeConstant: number | null;
  readonly lyapunovExponent: number | null;
  /** Points with the same number here lie on one continuous set of rest states (a line attractor, say); else null. */
  readonly continuum: number | null;
  /** Fixed point: its slow modes; else null. */
  readonly slow: SlowModes | null;
  /** Positions of the memories that end here. */
  readonly memories: readonly number[];
}

/** A slow point near the paths of the memories. */
export interface MechanismSlowPoint {
  readonly id: number;
  readonly kind: SlowPointKind;
  readonly state: readonly number[];
  readonly speed: number;
  readonly extent: number;
  /** Distance to the nearest state on a path. */
  readonly toPath: number;
  readonly eigenvalues: readonly Pair[];
  readonly slow: SlowModes;
}

/** What {@link classifyMechanism} returns: plain data, ready for `JSON.stringify`. */
export interface MechanismReport {
  readonly schema: typeof mechanismSchema;
  readonly label: MechanismLabel;
  /** Why the label is "unclassified"; else null. */
  readonly unclassified: UnclassifiedReason | null;
  /** In [0, 1]: the weakest of the checks the label has to pass; 0.5 is the threshold, below it the label is borderline. */
  readonly confidence: number;
  /** What the label would be if the weakest check failed. */
  readonly runnerUp: MechanismLabel | null;
  /** The evidence in sentences. */
  readonly reasons: readonly string[];
  readonly checks: readonly {
    readonly score: number;
    readonly otherwise: MechanismLabel;
    readonly sentence: string;
  }[];
  readonly system: { readonly time: "discrete" | "continuous"; readonly dimension: number };
  readonly memories: readonly MechanismMemory[];
  readonly attractors: readonly MechanismAttractor[];
  readonly slowPoints: readonly MechanismSlowPoint[];
  readonly separability: {
    readonly times: readonly number[];
    /** Distance of each memory to the nearest one of another label: one row per memory, one number per time. */
    readonly nearestOther: readonly (readonly (number | null)[])[];
    /** The smallest of these, per time. */
    readonly smallest: readonly (number | null)[];
    /** Mean distance between labels over mean distance within; null where no label has two different states. */
    readonly betweenToWithin: readonly (number | null)[];
    /** Share of memories whose nearest neighbour carries their label; null where no label has two states. */
    readonly nearestNeighbourAccuracy: readonly (number | null)[];
    readonly toldApart: boolean;
    /** In the readout, when there is one: smallest difference of any output between labels, per time. */
    readonly readout: {
      readonly smallest: readonly (number | null)[];
      readonly tolerance: number | null;
      /** null without a tolerance. */
      readonly toldApart: boolean | null;
    } | null;
  };
  readonly speeds: {
    readonly times: readonly number[];
    readonly mean: readonly (number | null)[];
    /** One row per memory. */
    readonly perMemory: readonly (readonly (number | null)[])[];
    /** Mean speed when the delay ends over that when it starts. */
    readonly endToStart: number | null;
  };
  /** Phasic index and saturation of the rates during the delay; null when the rates are not known. */
  readonly activity: { readonly phasicIndex: number | null; readonly saturation: number } | null;
  /** The label of the authors' own rule, from readouts; null without a readout. */
  readonly originalRule: {
    readonly trialEnds: OriginalLabel;
    /** From noisy starts; null unless asked for. */
    readonly noisy: OriginalLabel | null;
  } | null;
  readonly options: {
    readonly delay: number;
    readonly horizon: number;
    readonly input: readonly number[];
    /** null for a map. */
    readonly dt: number | null;
    readonly maxPeriod: number;
    readonly resolution: number | null;
    readonly readoutTolerance: number | null;
    readonly solved: boolean | readonly boolean[];
    readonly slowStarts: number;
    readonly original: OriginalProtocol | null;
    readonly seed: number;
  };
}

/** What the authors' rule says, and from what. */
export interface OriginalLabel {
  readonly label: string;
  readonly finalValues: number;
  /** Largest variance over time of a readout. */
  readonly largestVariance: number | null;
}

/** How the readouts for the authors' rule are made. Times in steps or units of time. */
export interface OriginalProtocol {
  /** Length of the free run, and of its last stretch that is looked at. */
  readonly run: number;
  readonly window: number;
  readonly outcomes: number;
  readonly largestTarget: number;
  /** Noisy copies of zero and of each memory; 0 leaves that variant out. */
  readonly copies: number;
  readonly noise: number;
}
