import { handshakeFaults, restFaults } from './exchange.ts';
import type { Fault } from './fault.ts';
import { diskFaults, processFaults } from './processes.ts';
import { spoolFaults } from './spool.ts';
import { clockFaults, streamFaults } from './stream.ts';

/** The faults that share a pipeline, in this order; of each lane those that may leave something behind come last. */
export const lanes: readonly (readonly Fault[])[] = [
  streamFaults,
  processFaults,
  handshakeFaults,
  spoolFaults,
  clockFaults,
  restFaults,
  diskFaults,
];

export const faults: readonly Fault[] = lanes.flat();
