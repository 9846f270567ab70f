import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { context, copies } from './image.ts';

/**
 * Lays out in this directory what the image holds: the files that its last stage copies, and the packages that are not for
 * development alone, as links. A file or a package that the image lacks is then missing here as well.
 */
export function stageImage(directory: string): void {
  for (const { stage, files } of copies()) {
    if (stage !== 'runtime') continue;
    for (const file of files) cpSync(join(context, file), join(directory, file));
  }
  const { packages } = JSON.parse(readFileSync(join(context, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    // A package inside another one comes with that one's link.
    if (dev || path.lastIndexOf('node_modules/') !== 0) continue;
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    symlinkSync(join(context, path), join(directory, path));
  }
}
