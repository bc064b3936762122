// The process of a rival written in JavaScript: node serve.mjs MODULE [PARAMETER]. See process.mjs for what it is asked.
import { createInterface } from "node:readline";
import { pack, unpack } from "./pack.mjs";

const [module, parameter] = process.argv.slice(2);
const { about, jobs } = await (await import(`./${module}.mjs`)).start(parameter);
const say = (answer) => console.log(JSON.stringify(answer, pack));
const ready = new Map();
let made = 0;

say(about);
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line, unpack);
  if (request.prepare) {
    const contender = await jobs[request.prepare](request.data);
    ready.set(++made, contender);
    say({ id: made, per: contender.per });
  } else if (request.time) say({ seconds: await ready.get(request.time).time(request.repeats) });
  else if (request.result) say({ result: await ready.get(request.result).result() });
  else say({ released: ready.delete(request.release) });
}
