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

/**
 * What a process has in memory now, MiB; undefined where it has ended.
 * @param what `RssAnon` leaves out the pages of files, which the system takes back whenever it needs them
 */
export function rssMib(pid: number, what: 'VmRSS' | 'RssAnon' = 'VmRSS'): number | undefined {
  const file = `/proc/${pid}/status`;
  const line = existsSync(file) && new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'));
  return line ? Number(line[1]) / 1_024 : undefined;
}
