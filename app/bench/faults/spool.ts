import { readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fault, type Rig, seconds } from './fault.ts';

/** Time for ticks to be in the spool alone. */
const spooledSeconds = 15;
/** Afterwards, until QuestDB takes them. */
const restSeconds = 10;

const folder = ({ pipeline }: Rig) => join(pipeline.directory, 'spool');

const segments = (rig: Rig) =>
  readdirSync(folder(rig), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spool'))
    .map((name) => join(folder(rig), name));

/** Harm to the spool while ticks are nowhere else: QuestDB takes none, and the process that had them is killed. */
const damage = (name: string, does: string, harm: (rig: Rig) => void): Fault => ({
  name: `spool-${name}`,
  does: `QuestDB stopped for ${spooledSeconds + restSeconds} s, ingest killed meanwhile, and ${does}`,
  plant: async (rig) => {
    const questdb = rig.pipeline.pid('questdb');
    process.kill(questdb, 'SIGSTOP');
    try {
      await seconds(spooledSeconds);
      rig.pipeline.signal('ingest', 'SIGKILL');
      harm(rig);
      await seconds(restSeconds);
    } finally {
      process.kill(questdb, 'SIGCONT');
    }
  },
});

/** Turns a bit of the byte at this share of each segment. */
const flip = (share: number) => (rig: Rig) => {
  for (const file of segments(rig)) {
    const content = readFileSync(file);
    if (content.length === 0) continue;
    content[Math.floor((content.length - 1) * share)] ^= 0x10;
    writeFileSync(file, content);
  }
};

export const spoolFaults: readonly Fault[] = [
  {
    name: 'spool-unwritable',
    does: 'a file lies where the folder of the spool should be, ingest is killed, and has to do without for 30 s',
    plant: async (rig) => {
      rig.pipeline.signal('ingest', 'SIGKILL');
      renameSync(folder(rig), `${folder(rig)}.away`);
      writeFileSync(folder(rig), '');
      await seconds(30);
      rmSync(folder(rig));
      renameSync(`${folder(rig)}.away`, folder(rig));
    },
  },
  damage('removed', 'the spool removed', (rig) => rmSync(folder(rig), { recursive: true })),
  damage('truncated', 'each segment of the spool cut in half', (rig) => {
    for (const file of segments(rig)) truncateSync(file, Math.floor(statSync(file).size / 2));
  }),
  damage('flipped-head', 'a bit turned in the first bytes of each segment', flip(0.0)),
  damage('flipped-middle', 'a bit turned in the middle of each segment', flip(0.5)),
  damage('flipped-end', 'a bit turned in the last byte of each segment', flip(1)),
];
