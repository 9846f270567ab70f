import { cpus, totalmem } from 'node:os';

/** One figure of ours, beside a peer's of the same run where there is a peer. `ratio` above 1: we are better. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  peer: string | null;
  peer_value: number | null;
  ratio: number | null;
}

/** What `bench NAME --json` prints. */
export interface BenchReport {
  bench: string;
  machine: { cores: number; memory_gib: number; cpu: string; node: string };
  results: Figure[];
}

/** @param better which direction is good: `more` of a rate, `less` of a time */
export function figure(
  name: string,
  value: number,
  unit: string,
  better: 'more' | 'less',
  peer?: { name: string; value: number },
): Figure {
  const quotient = peer ? (better === 'more' ? value / peer.value : peer.value / value) : Number.NaN;
  const ratio = Number.isFinite(quotient) ? quotient : null;
  return { name, value, unit, peer: peer?.name ?? null, peer_value: peer?.value ?? null, ratio };
}

export function machine(): BenchReport['machine'] {
  const [cpu] = cpus();
  return {
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    cpu: cpu?.model ?? 'unknown',
    node: process.version,
  };
}
