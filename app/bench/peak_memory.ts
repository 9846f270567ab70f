import { existsSync, readFileSync } from 'node:fs';

const status = '/proc/self/status';

/**
 * The peak of this process's resident memory, MiB. On Linux from the kernel's count for this program alone: `maxRSS`
 * begins with what the parent had in memory when it forked.
 */
export function peakMib(): number {
  const peak = existsSync(status) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'));
  return (peak ? Number(peak[1]) : process.resourceUsage().maxRSS) / 1_024;
}
