import type { Command } from 'commander';
import { benchCommand } from './bench.ts';
import { generateCommand } from './generate.ts';
import { testCommand } from './test.ts';

/** Commands for those who work on tickforest. The container image has neither this file nor what it needs. */
export function developerCommands(): Command[] {
  return [benchCommand(), generateCommand(), testCommand()];
}
