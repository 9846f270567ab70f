import { readFileSync } from 'node:fs';
import { peakMib } from '#app/bench/peak_memory.ts';
import { fitForest } from '#models/forest/forest.ts';
import { readPacked } from '#models/packed.ts';
import type { FitRequest, FitSaid } from './own_process.ts';
import { seed } from './settings.ts';

// A process of its own, so that its peak of memory is that of one fit. Its request comes as the argument, in JSON.
const { file, features, target, task, settings, workers, rows }: FitRequest = JSON.parse(process.argv[2]);
const { arrays } = readPacked(readFileSync(file));
const take = (name: string) => repeated(arrays[name] as Float64Array, rows);
const columns = features.map(take);
const y = take(target);
const [began, spent] = [performance.now(), process.cpuUsage()];
const forest = await fitForest(columns, y, { ...settings, task, seed, workers });
const seconds = (performance.now() - began) / 1_000;
const { user, system } = process.cpuUsage(spent);
const cpuSeconds = (user + system) / 1e6;
const said: FitSaid = {
  seconds,
  cpuSeconds,
  rssMib: peakMib(),
  nodes: forest.nodes.next.length,
};
process.stdout.write(JSON.stringify(said));

/** The same values over and over, where there are fewer than wanted. */
function repeated(values: Float64Array, count: number): Float64Array {
  if (count <= values.length) return values.subarray(0, count);
  const all = new Float64Array(count);
  for (let at = 0; at < count; at += values.length) all.set(values.subarray(0, count - at), at);
  return all;
}
