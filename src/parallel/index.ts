/** `rnn-dynamics/parallel`: the verbs on many processors. Runs in Node and in browsers. */
export type { Crossable, SystemModule } from "./crossing.js";
export { createPool, type Parallel, type Pool, type PoolOptions } from "./pool.js";
