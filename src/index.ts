export type { Domain, DynamicalSystem, Family, Matrix, Time, Vector } from "./core/system.js";
