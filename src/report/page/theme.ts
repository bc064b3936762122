import { outcomeColours } from "../figures/qHistogram.js";
import { type Look, pointLooks } from "../looks.js";

/** Light or dark, as the reader's system says; light on paper. */
export interface Theme {
  readonly dark: boolean;
  /** A colour of the charts, as it is on this page. */
  recolour(colour: string): string;
  of(look: Look): string;
  /** Text and lines. */
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  readonly paper: string;
  /** Trajectories: where they are slow, and where they are fast. */
  readonly slow: readonly [number, number, number];
  readonly fast: readonly [number, number, number];
  readonly grows: string;
  readonly decays: string;
}

const light = {
  dark: false,
  ink: "#1b2733",
  muted: "#52606d",
  faint: "#c3ccd6",
  paper: "#ffffff",
  slow: [0.35, 0.2, 0.55],
  fast: [0.66, 0.73, 0.81],
  grows: pointLooks.saddle.colour,
  decays: pointLooks.stable.colour,
} as const;

const dark = {
  dark: true,
  ink: "#e6edf3",
  muted: "#9fb0c0",
  faint: "#3a4756",
  paper: "#141b23",
  slow: [0.83, 0.72, 1],
  fast: [0.3, 0.39, 0.49],
  grows: pointLooks.saddle.bright,
  decays: pointLooks.stable.bright,
} as const;

/** What the charts' neutral colours become on a dark page. */
const darkNeutral: Readonly<Record<string, string>> = {
  "#333": "#9fb0c0",
  "#e4e4e4": "#2a3541",
  "#9aa5b1": "#4d5b6a",
  "#0072B2": pointLooks.stable.bright,
  [outcomeColours.slow]: pointLooks.slow.bright,
  [outcomeColours["not-finite"]]: "#9a9a9a",
};

/** The theme of a page that is dark or not. */
export function themeOf(isDark: boolean): Theme {
  const bright = new Map(Object.values(pointLooks).map((look) => [look.colour, look.bright]));
  return isDark
    ? {
        ...dark,
        recolour: (colour) => bright.get(colour) ?? darkNeutral[colour] ?? colour,
        of: (look) => look.bright,
      }
    : { ...light, recolour: (colour) => colour, of: (look) => look.colour };
}
