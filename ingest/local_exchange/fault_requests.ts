import { z } from 'zod';
import { type FailedAnswer, type Faults, failedAnswers, restBodies } from './faults.ts';
import { type Mangling, manglingNames } from './mangle.ts';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();
const answerName = z.enum(Object.keys(failedAnswers) as [keyof typeof failedAnswers]);
const answerOf = (name: keyof typeof failedAnswers | undefined): FailedAnswer | undefined =>
  name && failedAnswers[name];

/** What can be ordered from outside the process: one field each, as `Faults` describes them. */
const schema = z.strictObject({
  drop: z.literal(true).optional(),
  stall: z.literal(true).optional(),
  stallTopic: z.string().optional(),
  mute: z.array(z.string().min(1)).optional(),
  unmute: z.literal(true).optional(),
  clockMs: z.number().optional(),
  lagMs: ms.optional(),
  burstMs: ms.optional(),
  reorder: count.min(1).optional(),
  copies: count.optional(),
  mangle: z
    .strictObject({ every: count, how: z.enum(manglingNames as [Mangling]), only: z.string().optional() })
    .optional(),
  ackDelayMs: ms.optional(),
  swallowAcks: count.optional(),
  reject: z.array(z.string()).optional(),
  accept: z.array(z.string()).optional(),
  sendRaw: z.string().optional(),
  refuseHandshakes: z.strictObject({ n: count, answer: answerName.optional() }).optional(),
  banHandshakes: z.strictObject({ ms, answer: answerName.optional() }).optional(),
  failRest: z.strictObject({ n: count, answer: answerName }).optional(),
  banRest: z.strictObject({ ms, answer: answerName.optional() }).optional(),
  restDelayMs: ms.optional(),
  restBody: z.enum(restBodies).optional(),
  handshakeDripMs: ms.optional(),
  sendHuge: count.max(256 * 1_024 * 1_024).optional(),
});

type Requests = Required<z.infer<typeof schema>>;

const carryOut: { [Name in keyof Requests]: (faults: Faults, value: Requests[Name]) => void } = {
  drop: (faults) => faults.dropAll(),
  stall: (faults) => faults.stallAll(),
  stallTopic: (faults, topic) => faults.stallTopic(topic),
  mute: (faults, texts) => texts.forEach((text) => void faults.mute(text)),
  unmute: (faults) => faults.unmute(),
  clockMs: (faults, value) => {
    faults.clockMs = value;
  },
  lagMs: (faults, value) => faults.lagAll(value),
  burstMs: (faults, value) => faults.burst(value),
  reorder: (faults, window) => faults.reorder(window),
  copies: (faults, n) => {
    faults.copies = n;
  },
  mangle: (faults, { every, how, only }) => faults.mangle(every, how, only),
  ackDelayMs: (faults, value) => {
    faults.ackDelayMs = value;
  },
  swallowAcks: (faults, n) => faults.swallowAcks(n),
  reject: (faults, names) => names.forEach((name) => void faults.rejectSymbol(name)),
  accept: (faults, names) => names.forEach((name) => void faults.acceptSymbol(name)),
  sendRaw: (faults, text) => faults.sendRaw(text),
  refuseHandshakes: (faults, { n, answer }) => faults.refuseHandshakes(n, answerOf(answer)),
  banHandshakes: (faults, { ms: duration, answer }) => faults.banHandshakes(duration, answerOf(answer)),
  failRest: (faults, { n, answer }) => faults.failRest(n, failedAnswers[answer]),
  banRest: (faults, { ms: duration, answer }) => faults.banRest(duration, answerOf(answer)),
  restDelayMs: (faults, value) => {
    faults.restDelayMs = value;
  },
  restBody: (faults, value) => {
    faults.restBody = value;
  },
  handshakeDripMs: (faults, value) => {
    faults.handshakeDripMs = value;
  },
  sendHuge: (faults, bytes) => faults.sendHuge(bytes),
};

/**
 * Carries out requests such as `{"lagMs": 5000, "drop": true}`, all of them or none.
 * @returns the names of what was carried out
 * @throws Error that says which request is not understood
 */
export function requestFaults(faults: Faults, requests: unknown): string[] {
  const parsed = schema.safeParse(requests);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const names = Object.keys(parsed.data) as (keyof Requests)[];
  for (const name of names) one(faults, name, parsed.data[name]!);
  return names;
}

function one<Name extends keyof Requests>(faults: Faults, name: Name, value: Requests[Name]): void {
  carryOut[name](faults, value);
}
