/** Explores the model of the size that is its one argument, as JSON, and prints the figures: a program of its own, which loads nothing else. */
import { exploreModel } from '../../explore/packed/explore.ts';
import type { IpcSize } from './ipc-model.ts';
import { ipcModel } from './ipc-model.ts';

/** What is printed. */
export interface Told {
  readonly distinct: number;
  readonly generated: number;
  /** Of the search, with compiling the model. */
  readonly cpuSeconds: number;
  readonly mebibytes: number;
}

const before = process.cpuUsage();
const { distinct, generated, violation } = exploreModel(ipcModel(JSON.parse(process.argv[2] ?? '') as IpcSize));
const { user, system } = process.cpuUsage(before);
if (violation !== null) throw new Error(`the model is wrong: ${violation.statement}`);
const mebibytes = process.resourceUsage().maxRSS / 1024;
const told: Told = { distinct, generated, cpuSeconds: (user + system) / 1e6, mebibytes };
process.stdout.write(`${JSON.stringify(told)}\n`);
