import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readContractValues } from './contract_values.ts';

describe('contract values', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tickforest-contracts-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const read = (content: unknown) => {
    const path = join(directory, 'contracts.json');
    writeFileSync(path, JSON.stringify(content));
    return readContractValues(path);
  };

  it('are taken from what the exchange answers, without the pairs that are not open yet', () => {
    const data = [
      { instId: 'A-USDT', contractValue: '0.1' },
      { instId: 'B-USDT', contractValue: '' },
      { instId: 'C-USDT' },
    ];
    expect(read({ code: '0', data })).toEqual({ 'A-USDT': '0.1' });
    expect(read(data)).toEqual({ 'A-USDT': '0.1' });
    expect(() => read({ data: data.slice(1) })).toThrow(/states no contract value/);
  });

  it('have to be right where somebody has written them down', () => {
    expect(read({ 'A-USDT': '0.1', 'B-USDT': 10 })).toEqual({ 'A-USDT': '0.1', 'B-USDT': '10' });
    expect(() => read({ 'A-USDT': '0.1', 'B-USDT': '' })).toThrow(/contract value "" for "B-USDT"/);
  });
});
