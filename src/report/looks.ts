import type { Stability } from "../analysis/stability.js";

/** The outline of a mark. */
export type Shape = "circle" | "triangle" | "square" | "diamond" | "cross" | "ring";

/** A colour, and what becomes of it on a dark page. */
export interface Hue {
  /** On white. */
  readonly colour: string;
  /** On a dark page. */
  readonly bright: string;
}

/** How a kind of thing is drawn: shape and colour both tell it. */
export interface Look extends Hue {
  readonly name: string;
  readonly marker: Shape;
}

/** What a point is, as far as its look goes. */
export type PointKind = Stability | "slow";

/**
 * The looks of points: hues of Okabe and Ito's palette, which colour-blind people tell apart, darkened or lightened
 * until they stand out from the page, and a shape each.
 */
export const pointLooks: Readonly<Record<PointKind, Look>> = {
  stable: { name: "stable", marker: "circle", colour: "#0072B2", bright: "#56B4E9" },
  saddle: { name: "saddle", marker: "triangle", colour: "#D55E00", bright: "#FF9248" },
  unstable: { name: "unstable", marker: "square", colour: "#A64D79", bright: "#E79FC8" },
  marginal: { name: "marginal", marker: "diamond", colour: "#007D5B", bright: "#35CFA2" },
  slow: { name: "slow point", marker: "cross", colour: "#8A5D00", bright: "#F0B93A" },
};

/** Corners of the shapes made of straight lines, for a mark of radius 1, y downward. */
const corners: Partial<Readonly<Record<Shape, readonly (readonly [number, number])[]>>> = {
  triangle: [
    [0, -1.2],
    [1.1, 0.9],
    [-1.1, 0.9],
  ],
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  diamond: [
    [0, -1.3],
    [1.1, 0],
    [0, 1.3],
    [-1.1, 0],
  ],
};

/** Corners of a shape of straight lines; undefined for circles, rings and crosses. */
export function cornersOf(shape: Shape): readonly (readonly [number, number])[] | undefined {
  return corners[shape];
}

/** Colours of things that have a number: labels of memories, started trajectories. */
const hues: readonly Hue[] = [
  { colour: "#0072B2", bright: "#56B4E9" },
  { colour: "#C04A00", bright: "#FF9248" },
  { colour: "#007D5B", bright: "#35CFA2" },
  { colour: "#A64D79", bright: "#E79FC8" },
  { colour: "#8A5D00", bright: "#F0B93A" },
  { colour: "#5A4FCF", bright: "#B3A8FF" },
  { colour: "#333333", bright: "#DDDDDD" },
];

/** The colour of number `k`: seven, then again from the first. */
export function hueOf(k: number): Hue {
  return hues[k % hues.length];
}
