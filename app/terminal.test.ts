import { expect, it, vi } from 'vitest';
import { progress } from './terminal.ts';

it('progress rounds down: what is told as done is done', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const models = progress('train', 100);
    models.update(2.96, 3, 'models');
    models.end();
    models.update(3, 3, 'models');
    models.end();
    const rows = progress('fill', 20_000);
    rows.update(12_345);
    rows.end();
    expect(write.mock.calls.map(([text]) => String(text).replace(/\d+ s\n$/, ''))).toEqual([
      'train: models, 2.9 of 3, ',
      'train: models, 3 of 3, ',
      'fill: 12,345 of 20,000, ',
    ]);
  } finally {
    write.mockRestore();
  }
});
