import { Command } from 'commander';
import { fillCommand } from './features/fill.ts';
import { listCommand } from './features/list.ts';
import { rebuildCommand } from './features/rebuild.ts';
import { showCommand } from './features/show.ts';

export function featuresCommand(): Command {
  const command = new Command('features').description(
    'compute the features and labels of stored candles, list the features, or show their values',
  );
  command.addCommand(fillCommand(), { isDefault: true });
  for (const part of [rebuildCommand(), listCommand(), showCommand()]) command.addCommand(part);
  return command;
}
