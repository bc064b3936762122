import type { DynamicalSystem } from "../../src/core/system.js";
export function pair(a: number, b: number): DynamicalSystem;
export function throwing(): DynamicalSystem;
