import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '#lib/errors.ts';
import { type Digests, type ModelForm, readArtifact, readMetadata, writeArtifact } from './artifact.ts';
import { modelNamed } from './catalogue.ts';
import { engineNamed } from './engines.ts';
import { fitBaselines } from './fitted_baselines.ts';
import { plantedFrame } from './fixtures/planted_frame.ts';
import { curvedData } from './forest/fixtures/curved-data.ts';
import { packTrained, saveTrained, type TrainedModel } from './trained.ts';

const { columns, target, terciles } = curvedData(500, 1);
const unseen = curvedData(300, 2).columns;
const planted = plantedFrame({ bars: 200, seed: 1, strength: 0.5 });
const cases = [
  ['volatility_regressor', 'forest'],
  ['volatility_regressor', 'linear'],
  ['momentum_classifier', 'forest'],
  ['momentum_classifier', 'linear'],
  ['price_predictor', 'intervals'],
] as const;
const of = { symbols: ['A-USDT', 'B-USDT'], symbolOf: Uint16Array.from({ length: 500 }, (_, row) => row % 2) };

async function train(engine: string, model: (typeof cases)[number][0]): Promise<TrainedModel> {
  const definition = modelNamed(model);
  const y = definition.task.kind === 'classes' ? terciles : target;
  const parameters: Record<string, number> = engine === 'forest' ? { trees: 20, depth: 6, minLeaf: 5 } : {};
  const time = { ts: Float64Array.from(y, (_, row) => Math.floor(row / 2) * 60e6), horizon: 5, barMicros: 60e6 };
  const fit = { task: definition.task, parameters, seed: 1, workers: 1, time, of };
  const fitted = await engineNamed(engine).fit(columns, y, fit);
  const baselines = fitBaselines(definition, planted, { horizon: 2, barMicros: 60e6 });
  const features = columns.map((_, c) => `feature_${c}`);
  const rest = {
    horizon: 5,
    barMicros: 60e6,
    from: 0,
    until: 1,
    ranges: features.map(() => ({ min: 0, max: 1, deviation: 1 })),
    scale: { quantiles: [0, 0.5, 1], bySymbol: {}, rms: 1 },
  };
  return { definition, fitted, parameters, seed: 1, features, baselines, ...rest };
}

describe('an artifact', () => {
  const root = mkdtempSync(join(tmpdir(), 'tickforest-artifact-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  let count = 0;
  async function written(trained?: TrainedModel): Promise<string> {
    const directory = join(root, `run-${count++}`);
    writeArtifact(directory, trained ?? (await train('forest', 'volatility_regressor')), { run_id: 'one' }, {});
    return directory;
  }
  const failure = (directory: string, form?: ModelForm) => {
    try {
      readArtifact(directory, form);
    } catch (error) {
      if (error instanceof UserError) return error.sentence;
      throw error;
    }
    throw new Error('it was read all the same');
  };

  describe.each(cases)('of %s', (model, engine) => {
    it(`predicts the same bit for bit from both of its files, by ${engine}`, async () => {
      const trained = await train(engine, model);
      const directory = await written(trained);
      const expected = bits(trained.fitted.predict(unseen, of));
      for (const form of ['binary', 'json', undefined] as const) {
        const { trained: read, metadata } = readArtifact<{ run_id: string }>(directory, form);
        expect(bits(read.fitted.predict(unseen, of))).toEqual(expected);
        expect(bits(read.fitted.importance)).toEqual(bits(trained.fitted.importance));
        const groups = Int32Array.from(columns, (_, c) => c % 2);
        const source = Uint32Array.from(unseen[0], (_, row) => 299 - row);
        expect(read.fitted.permuted(unseen, groups, 2, source, of)).toEqual(
          trained.fitted.permuted(unseen, groups, 2, source, of),
        );
        // What was read is whole: it can be written again, in either form, as it was.
        expect(saveTrained(read)).toEqual(saveTrained(trained));
        expect(Buffer.compare(packTrained(read), packTrained(trained))).toBe(0);
        expect(metadata.run_id).toBe('one');
      }
    });
  });

  it('is the same file for the same model', async () => {
    const [one, other] = [await written(), await written()];
    for (const name of ['model.bin', 'model.json.gz'])
      expect(readFileSync(join(one, name)).equals(readFileSync(join(other, name)))).toBe(true);
  });

  it('is read from its JSON where it was written before there was a binary form', async () => {
    const directory = await written();
    const { binary_digest: _, ...older } = readMetadata<object>(directory);
    writeFileSync(join(directory, 'metadata.json'), JSON.stringify(older));
    rmSync(join(directory, 'model.bin'));
    expect(readArtifact(directory).trained.fitted.engine).toBe('forest');
  });

  it('is refused when one byte of the file that is read has changed', async () => {
    for (const [form, name] of [['binary', 'model.bin'] as const, ['json', 'model.json.gz'] as const]) {
      const directory = await written();
      const bytes = readFileSync(join(directory, name));
      bytes[bytes.length - 9] ^= 1;
      writeFileSync(join(directory, name), bytes);
      expect(failure(directory, form)).toBe(
        `The ${name} in ${directory} is not the one its metadata speaks of. Remove that directory and train again.`,
      );
      expect(readArtifact(directory, form === 'json' ? 'binary' : 'json').trained.features).toHaveLength(8);
    }
  });

  it('is refused when its model is gone or cut short', async () => {
    const directory = await written();
    const file = join(directory, 'model.bin');
    writeFileSync(file, readFileSync(file).subarray(0, 1_000));
    expect(failure(directory)).toMatch(/^The model.bin in .* is not the one/);
    rmSync(file);
    expect(failure(directory)).toBe(
      `The artifact ${directory} has no readable model.bin. Remove that directory and train again.`,
    );
  });

  describe('whose digest is right', () => {
    let whole: Uint8Array;
    beforeAll(async () => {
      whole = packTrained(await train('forest', 'volatility_regressor'));
    });
    async function refused(bytes: Uint8Array): Promise<string> {
      const directory = await written();
      writeFileSync(join(directory, 'model.bin'), bytes);
      const metadata: Digests = { model_digest: '', binary_digest: await sha256(bytes) };
      writeFileSync(join(directory, 'metadata.json'), JSON.stringify(metadata));
      return failure(directory);
    }

    it('is refused all the same when it is another file, another version or not whole', async () => {
      const version = whole.slice();
      version[8] = 9;
      expect(await refused(Buffer.from('PK, quite another file'))).toMatch(
        /^The file is no model of tickforest\. Train/,
      );
      expect(await refused(version)).toMatch(/is of version 9, and this program reads version 1\. Train/);
      expect(await refused(whole.subarray(0, 12))).toMatch(/^The file is no model/);
      expect(await refused(whole.subarray(0, 100))).toMatch(/damaged: its header is cut short\. Train/);
      expect(await refused(whole.subarray(0, whole.length - 8))).toMatch(/damaged: it has \d+ bytes of \d+\. Train/);
      const garbled = whole.slice();
      garbled.fill(0x7b, 16, 60);
      expect(await refused(garbled)).toMatch(/damaged: its header is not JSON\. Train/);
    });
  });
});

async function sha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))).toString('hex');
}

/** Every bit of the numbers, so that equal means identical. */
function bits(values: Float64Array): BigUint64Array {
  return new BigUint64Array(values.slice().buffer);
}
