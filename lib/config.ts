import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { UserError } from './errors.ts';
import { venueNames } from './venue.ts';

const port = z.coerce.number().int().min(1).max(65535);
const password = z.string().refine((text) => text !== 'change-me', 'change-me is the password of the examples');
const flag = z.union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1')]);
const symbol = z.string().regex(/^[A-Z0-9]+-[A-Z0-9]+$/, 'a symbol reads like BTC-USDT');
const list = z
  .union([z.array(symbol), z.string().transform((v) => v.split(',').map((s) => s.trim()))])
  .pipe(z.array(symbol));

/** The 36 pairs that are followed unless told otherwise, the usually largest ones first. */
export const defaultSymbols = [
  ...[
    'BTC',
    'ETH',
    'SOL',
    'XRP',
    'DOGE',
    'ADA',
    'LINK',
    'AVAX',
    'SUI',
    'LTC',
    'BNB',
    'TRX',
    'BCH',
    'DOT',
    'UNI',
    'NEAR',
  ],
  ...[
    'APT',
    'PEPE',
    'SHIB',
    'WIF',
    'ARB',
    'OP',
    'ATOM',
    'FIL',
    'INJ',
    'ETC',
    'SEI',
    'TIA',
    'JUP',
    'RUNE',
    'ORDI',
    'PYTH',
  ],
  ...['JTO', 'NOT', 'BOME', 'MEME'],
].map((coin) => `${coin}-USDT`);

/**
 * Every setting, with its default. A setting `questdb.httpPort` is set in `tickforest.json` as `{"questdb":
 * {"httpPort": 9000}}` or by the environment variable `TICKFOREST_QUESTDB_HTTP_PORT`; the environment wins.
 */
export const configSchema = z.strictObject({
  dataDir: z.string().default('var').describe('directory of embedded servers, artifacts and frames'),
  recordings: z.string().optional().describe('directory of recordings, with a manifest.json'),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('lowest level that is logged'),
      format: z
        .enum(['auto', 'json', 'pretty'])
        .default('auto')
        .describe('auto: readable lines on a terminal, otherwise JSON'),
    })
    .prefault({}),
  questdb: z
    .strictObject({
      host: z.string().optional().describe('host of your own server; if unset, an embedded server is started'),
      httpPort: port.default(9000).describe('HTTP port; the embedded server takes the next free one'),
      pgPort: port
        .default(8812)
        .describe('port of the PostgreSQL wire protocol; the embedded server takes the next free one'),
      user: z
        .string()
        .default('admin')
        .describe('user of your own server, for the PostgreSQL wire protocol and for HTTP'),
      password: password
        .default('quest')
        .describe('password of that user of your own server; the embedded one has its own, see ./tickforest console'),
      database: z.string().default('qdb').describe('database name for the PostgreSQL wire protocol'),
      tls: flag.default(false).describe('use HTTPS, and TLS for the PostgreSQL wire protocol'),
      tlsVerify: flag.default(true).describe('reject a certificate that cannot be verified'),
      heap: z
        .string()
        .regex(/^\d+[mg]$/, 'a size reads like 512m or 2g')
        .default('1g')
        .describe('Java heap size of the embedded server'),
    })
    .prefault({}),
  redis: z
    .strictObject({
      host: z.string().optional().describe('host of your own server; if unset, an embedded server is started'),
      port: port.default(6379).describe('port; the embedded server takes the next free one'),
      user: z.string().optional().describe('ACL user'),
      password: password.optional().describe('password of that user, or of the default user'),
      database: z.coerce.number().int().min(0).default(0).describe('database number'),
      tls: flag.default(false).describe('use TLS'),
      tlsVerify: flag.default(true).describe('reject a certificate that cannot be verified'),
    })
    .prefault({}),
  market: z
    .strictObject({
      venue: z
        .enum(venueNames, `venues are ${venueNames.join(', ')}`)
        .default('blofin')
        .describe(`exchange to follow: ${venueNames.join(' or ')}`),
      restUrl: z.url().optional().describe("address of the REST API; if unset, the venue's own"),
      wsUrl: z.url().optional().describe("address of the public WebSocket; if unset, the venue's own"),
      symbols: list
        .default(defaultSymbols)
        .describe(
          'pairs to follow (PEPE-USDT also where the venue lists 1000PEPE-USDT); separated by commas in the environment',
        ),
      requestsPerMinute: z.coerce
        .number()
        .int()
        .min(1)
        .max(500)
        .default(300)
        .describe('REST requests per minute that this process may send'),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      flushMs: z.coerce
        .number()
        .int()
        .min(10)
        .default(250)
        .describe('longest time that a tick waits for its batch to be sent'),
      batchRows: z.coerce.number().int().min(1).default(5_000).describe('largest number of ticks in one request'),
      queueRows: z.coerce
        .number()
        .int()
        .min(1)
        .default(100_000)
        .describe('number of rows, neither stored nor spooled, from which on the feed has to wait'),
      spoolMib: z.coerce
        .number()
        .int()
        .min(1)
        .default(4_096)
        .describe('disk space for ticks that QuestDB has not acknowledged; 1 GiB holds about 5 million ticks'),
      spoolSync: flag
        .default(false)
        .describe('sync each batch to the disk, so that ticks in the spool also survive a power failure'),
      maxAheadSeconds: z.coerce
        .number()
        .positive()
        .default(300)
        .describe('a live tick is rejected if its time is further ahead of our clock than this'),
      maxBehindSeconds: z.coerce
        .number()
        .positive()
        .default(3_600)
        .describe('a live tick is rejected if its time is further behind our clock than this'),
      maxPriceMultiple: z.coerce
        .number()
        .gt(1)
        .default(5)
        .describe(
          'a price is rejected if it is this many times higher or lower than the last price of the last minute',
        ),
      maxRefusedShare: z.coerce
        .number()
        .min(0)
        .max(1)
        .default(0.01)
        .describe('`status` has a problem if more than this share of the rows of the last five minutes was refused'),
      staleSeconds: z.coerce
        .number()
        .int()
        .min(1)
        .default(120)
        .describe('a symbol is stale, and its signals are gated, if its newest data is older than this'),
    })
    .prefault({}),
  live: z
    .strictObject({
      days: z.coerce.number().positive().default(7).describe('days of history that `up` fetches before it streams'),
      dailyAt: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day reads like 03:10')
        .default('03:10')
        .describe('UTC time at which all models are trained each day'),
    })
    .prefault({}),
  signals: z
    .strictObject({
      patienceSeconds: z.coerce
        .number()
        .min(0)
        .default(120)
        .describe('a bar that has no features yet waits this long for them before its signals are absent'),
      catchUpBars: z.coerce
        .number()
        .int()
        .min(1)
        .max(10_000)
        .default(240)
        .describe('number of newest bars that are answered late after a pause; older ones are passed over in one row'),
      maxDeviations: z.coerce
        .number()
        .min(0)
        .default(3)
        .describe(
          'a signal is gated if a feature lies more than this many standard deviations outside its range in training',
        ),
      expiryDays: z.coerce
        .number()
        .positive()
        .default(14)
        .describe('signals of a champion are gated if its training window ended more than this many days ago'),
    })
    .prefault({}),
  training: z
    .strictObject({
      symbols: z.coerce
        .number()
        .int()
        .min(1)
        .default(10)
        .describe('number of symbols to train on, those with the largest quote volume'),
      bars: z.coerce
        .number()
        .int()
        .min(500)
        .default(2_000)
        .describe('number of bars to train on, which all of the symbols must have'),
      horizon: z.coerce
        .number()
        .int()
        .min(1)
        .max(240)
        .optional()
        .describe("number of bars to predict ahead, of every model; if unset, each model's own horizons"),
      folds: z.coerce.number().int().min(2).default(5).describe('number of folds of the walk-forward validation'),
      feeBp: z.coerce
        .number()
        .min(0)
        .max(1_000)
        .default(6)
        .describe(
          'fee of one side of a trade in basis points, for figures after costs; 6 is what Blofin asks of takers of perpetuals',
        ),
      concurrency: z.coerce.number().int().min(1).default(2).describe('number of models trained at the same time'),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/** Variables of the launcher and the test suite, which are not settings. */
const notSettings = new Set(['TICKFOREST_CONFIG', 'TICKFOREST_NODE', 'TICKFOREST_CASES']);

/**
 * Reads `tickforest.json` in the checkout (or the file that TICKFOREST_CONFIG names), then the environment. Relative
 * paths of settings are relative to the checkout.
 * @throws UserError that names the setting and what is expected of it
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, directory = checkout): Config {
  const settings = merge(readFile(env.TICKFOREST_CONFIG, directory), readEnvironment(env));
  const parsed = configSchema.safeParse(settings);
  if (parsed.success) return { ...parsed.data, dataDir: resolve(directory, parsed.data.dataDir) };
  const [issue] = parsed.error.issues;
  const path = issue.path.map(String);
  const setting = settingPaths().find((known) => known.every((key, position) => key === path[position]));
  throw new UserError(
    `The setting ${path.join('.') || '(top level)'} is wrong: ${issue.message}.`,
    `Mend it in tickforest.json${setting ? ` or in ${variableOf(setting)}` : ''}.`,
  );
}

/** Settings and data belong to the checkout, from wherever its commands are called. */
const checkout = fileURLToPath(new URL('..', import.meta.url));

type Tree = { [key: string]: unknown };

function readFile(named: string | undefined, directory: string): Tree {
  const path = resolve(directory, named ?? 'tickforest.json');
  if (!existsSync(path)) {
    if (named)
      throw new UserError(`The configuration file ${path} does not exist.`, 'Create it or unset TICKFOREST_CONFIG.');
    return {};
  }
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Tree;
  } catch (cause) {
    throw new UserError(`The configuration file ${path} is not valid JSON.`, 'Mend or remove it.', { cause });
  }
}

function readEnvironment(env: NodeJS.ProcessEnv): Tree {
  const tree: Tree = {};
  const known = new Map(settingPaths().map((path) => [variableOf(path), path]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('TICKFOREST_') || notSettings.has(name)) continue;
    const inFile = name.endsWith('_FILE') ? known.get(name.slice(0, -'_FILE'.length)) : undefined;
    const path = known.get(name) ?? inFile;
    if (!path)
      throw new UserError(
        `The environment variable ${name} is no setting of tickforest.`,
        'Unset it, or see docs/configuration.md for the names.',
      );
    // Compose files and the launcher take an empty variable for one that is not set.
    if (!value) continue;
    let node = tree;
    for (const key of path.slice(0, -1)) {
      node[key] ??= {};
      node = node[key] as Tree;
    }
    node[path[path.length - 1]] = inFile ? readSecret(name, value) : value;
  }
  return tree;
}

/** A value that a file holds, as container platforms hand secrets over; the line's end is not part of it. */
function readSecret(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new UserError(`The file ${file} that ${variable} names cannot be read.`, 'Create it or unset the variable.', {
      cause,
    });
  }
}

/** The path of every setting, as listed in the schema. */
export function settingPaths(): string[][] {
  return Object.entries(configSchema.shape).flatMap(([key, value]) => {
    const inner = value instanceof z.ZodPrefault ? (value.unwrap() as z.ZodObject) : undefined;
    return inner ? Object.keys(inner.shape).map((name) => [key, name]) : [[key]];
  });
}

/** `['questdb', 'httpPort']` is set by TICKFOREST_QUESTDB_HTTP_PORT. */
export function variableOf(path: string[]): string {
  return `TICKFOREST_${path.map((key) => key.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()).join('_')}`;
}

function merge(base: Tree, over: Tree): Tree {
  const out: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = out[key];
    out[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return out;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
