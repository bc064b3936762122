import { fail } from "../core/check.js";
import { capacityCommand } from "./capacityCommand.js";
import { mechanismsCommand } from "./mechanismsCommand.js";
import type { StudyFlags } from "./studyFolder.js";

/** `rnn-dynamics study NAME CONFIG.json --out DIR`: runs a study, or goes on with it. */
export async function studyCommand(name: string, file: string, flags: StudyFlags): Promise<void> {
  if (name === "mechanisms") return mechanismsCommand(file, flags);
  if (name === "capacity") return capacityCommand(file, flags);
  fail("study", `${JSON.stringify(name)} is no study, expected mechanisms or capacity`);
}
