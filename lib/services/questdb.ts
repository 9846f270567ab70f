import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { basic } from '#lib/basic_authentication.ts';
import type { Config } from '#lib/config.ts';
import { UserError } from '#lib/errors.ts';
import { type Credentials, credentialsOf, writePrivate } from './credentials.ts';
import { type StartedProcess, startProcess, waitUntilItAnswers } from './process.ts';

/** Must be the version of pom.xml beside this file. */
export const questDbVersion = '9.3.4';

/** Where the launcher puts the server's jar. */
export const questDbJar = fileURLToPath(new URL(`../../var/tools/questdb-${questDbVersion}.jar`, import.meta.url));

type Login = Credentials['questdb'];

/** The web server, the PostgreSQL wire and nothing else, on 127.0.0.1. The folder for copies tells this server from others. */
function serverConf(directory: string, httpPort: number, pgPort: number, { user, password }: Login): string {
  return [
    // Without a password any web page that is open in a browser could send statements.
    `http.user=${user}`,
    `http.password=${password}`,
    `pg.user=${user}`,
    `pg.password=${password}`,
    // No statement may write files: COPY … TO is refused. Parquet over HTTP needs no folder.
    'cairo.sql.copy.export.root=',
    `cairo.sql.copy.work.root=${copies(directory)}`,
    `cairo.sql.copy.root=${importFolder(directory)}`,
    `http.bind.to=127.0.0.1:${httpPort}`,
    `pg.net.bind.to=127.0.0.1:${pgPort}`,
    // Statements run in the threads of their protocol: with threads of its own, SQL does not hold up the ticks, which are HTTP.
    'pg.worker.count=4',
    'http.min.enabled=false',
    'line.tcp.enabled=false',
    'telemetry.enabled=false',
    // Our rows have hundreds of columns: a copier in pieces takes twice as long for them.
    'cairo.sql.copier.chunked=false',
    // With it the log of a table's transactions says which times each of them wrote (see sql/features/last_writes.sql).
    'cairo.default.sequencer.part.txn.count=5000',
    ...smallMachine,
    '',
  ].join('\n');
}

/**
 * QuestDB's own defaults are for large machines. Each writer would allocate 16 MiB on the disk for each column (6 GB for
 * 262,000 ticks), and each reader that rests would keep 128 partitions mapped, column by column: with some history, more
 * maps than the 65,530 that Linux allows a process, at which tables are suspended ("could not mmap").
 */
const smallMachine = [
  'cairo.writer.data.append.page.size=1M',
  'cairo.writer.data.index.key.append.page.size=64k',
  'cairo.writer.data.index.value.append.page.size=1M',
  'cairo.wal.writer.data.append.page.size=256k',
  'cairo.o3.column.memory.size=1M',
  'cairo.inactive.reader.max.open.partitions=8',
  'cairo.inactive.reader.ttl=30000',
  'cairo.inactive.writer.ttl=60000',
  'cairo.wal.inactive.writer.ttl=60000',
  'cairo.idle.check.interval=10000',
];

/** Without a line for every query and commit, which take a third of a core at 10,000 ticks a second. */
const logConf = [
  'writers=stdout',
  'w.stdout.class=io.questdb.log.LogConsoleWriter',
  'w.stdout.level=ADVISORY,CRITICAL,ERROR',
  '',
].join('\n');

/**
 * What lasts in the heap are the pools of the SQL compilers that have compiled the widest statements: 260 MiB. By itself the
 * collector lets both generations grow with each full collection, which looks like a leak. In a fixed heap the older one needs
 * room above that: where it has none, each collection is a full one.
 */
function generations(heap: string): string[] {
  const mib = Number.parseInt(heap, 10) * (heap.endsWith('g') ? 1_024 : 1);
  return [
    `-Xmx${heap}`,
    `-Xms${Math.floor((mib * 3) / 4)}m`,
    `-Xmn${Math.floor(mib / 8)}m`,
    '-XX:-UseAdaptiveSizePolicy',
  ];
}

const copies = (directory: string) => join(directory, 'tmp');

/** The only folder whose files this server reads in SQL, by `read_parquet`. */
const importFolder = (directory: string) => join(directory, 'import');

/**
 * Where the JVM unpacks QuestDB's native libraries. A server that is killed leaves them behind, 9 MB each time, so they are
 * not for the system's temporary folder: this one is the server's own and begins empty.
 */
function emptyNativeFolder(directory: string): string {
  const folder = join(directory, 'native');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Starts an embedded QuestDB and waits until it answers queries on both ports.
 * @throws UserError when the jar or Java is missing, or the server ends with an error
 */
export async function startQuestDb(config: Config, httpPort: number, pgPort: number): Promise<StartedProcess> {
  if (!existsSync(questDbJar))
    throw new UserError('The QuestDB server has not been fetched yet.', 'Run ./tickforest doctor, which fetches it.');
  const directory = join(config.dataDir, 'questdb');
  mkdirSync(join(directory, 'conf'), { recursive: true });
  const login = credentialsOf(config.dataDir).questdb;
  writePrivate(join(directory, 'conf', 'server.conf'), serverConf(directory, httpPort, pgPort, login));
  writeFileSync(join(directory, 'conf', 'log.conf'), logConf);
  const args = [
    '-XX:+UseParallelGC',
    ...generations(config.questdb.heap),
    // The allocator keeps what statements have freed: after half an hour 500 MB of 1.4 GB. Every minute it gives that back; an
    // older Java that cannot starts all the same.
    '-XX:+IgnoreUnrecognizedVMOptions',
    '-XX:TrimNativeHeapInterval=60000',
    // Every column of a statement is a class of its own, called in one loop: the compiler is to expect more than two of them.
    '-XX:TypeProfileWidth=6',
    '-XX:TypeProfileMajorReceiverPercent=30',
    `-Djava.io.tmpdir=${emptyNativeFolder(directory)}`,
    // Its figures for jstat would be a file in the system's temporary folder, wherever that one is.
    '-XX:-UsePerfData',
    '-p',
    questDbJar,
    '-m',
    'io.questdb/io.questdb.ServerMain',
    '-d',
    directory,
  ];
  // Threads share two arenas of native memory; each of its own would keep a rest that no other can use.
  const arenas = { MALLOC_ARENA_MAX: '2' };
  const child = startProcess('java', args, join(config.dataDir, 'logs', 'questdb.log'), arenas);
  await waitUntilItAnswers('QuestDB', child, () => itAnswers(directory, httpPort, pgPort, login), 180_000);
  return child;
}

/**
 * Whether the server of this directory answers. Another one may have taken a port after it was found free: to go on with
 * that one would be to write into somebody else's database.
 */
async function itAnswers(directory: string, httpPort: number, pgPort: number, login: Login): Promise<boolean> {
  try {
    const roots = [await rootOverHttp(httpPort, login), await rootOverWire(pgPort, login)];
    return roots.every((root) => root === copies(directory));
  } catch {
    return false;
  }
}

/** Whether a QuestDB on this port, whosever, answers now; that much it tells everybody. */
export async function questDbAnswers(httpPort: number): Promise<boolean> {
  try {
    const { headers } = await fetch(`http://127.0.0.1:${httpPort}/ping`, { signal: AbortSignal.timeout(2_000) });
    return /questdb/i.test(headers.get('server') ?? '');
  } catch {
    return false;
  }
}

const rootQuery = "SELECT value FROM (SHOW PARAMETERS) WHERE property_path = 'cairo.sql.copy.work.root'";

async function rootOverHttp(port: number, login: Login): Promise<string | undefined> {
  const response = await fetch(`http://127.0.0.1:${port}/exec?${new URLSearchParams({ query: rootQuery })}`, {
    headers: { authorization: basic(login) },
    signal: AbortSignal.timeout(2_000),
  });
  const { dataset } = (await response.json()) as { dataset?: string[][] };
  return dataset?.[0]?.[0];
}

async function rootOverWire(port: number, login: Login): Promise<string | undefined> {
  const address = { host: '127.0.0.1', port, ...login, database: 'qdb' };
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  // A connection that breaks also fails the query that waits for it.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<{ value: string }>(rootQuery)).rows[0]?.value;
  } finally {
    await client.end();
  }
}
