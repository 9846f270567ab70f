import { existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

const mib = 1_024 * 1_024;

/** Room below which a directory counts as nearly full: 1 GiB, on a small disk a twentieth of it. */
const nearlyFull = { bytes: 1_024 * mib, share: 0.05 };

export interface DiskSpace {
  freeMib: number;
  nearlyFull: boolean;
}

/** The room for this user on the disk of a directory; where it does not exist yet, on that of the one it will be made in. */
export function diskSpace(directory: string): DiskSpace {
  let there = directory;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, blocks, bsize } = statfsSync(there);
  const free = bavail * bsize;
  return {
    freeMib: Math.floor(free / mib),
    nearlyFull: free < Math.min(nearlyFull.bytes, nearlyFull.share * blocks * bsize),
  };
}
