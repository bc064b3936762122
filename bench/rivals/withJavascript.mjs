import { contender } from "../lib/measure.mjs";

/** Plain loops in JavaScript, without any package. */
export function start() {
  return {
    about: { name: `JavaScript of Node ${process.version}` },
    jobs: {
      tanh({ x }) {
        const out = new Float64Array(x.length);
        return contender(() => {
          for (let i = 0; i < x.length; i++) out[i] = Math.tanh(x[i]);
          return out;
        });
      },
    },
  };
}
