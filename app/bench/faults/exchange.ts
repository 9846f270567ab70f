import { failedAnswers } from '#ingest/local_exchange/faults.ts';
import { type BadAnswer, endless, instead, silence, trickle } from './answers.ts';
import { type Fault, seconds } from './fault.ts';
import { type BadHandshake, byDrops, refused, silent } from './handshakes.ts';

const handshakeSeconds = 30;
const restSeconds = 30;

/** The connection breaks, and for a while no new one can be had. */
const handshake = (name: string, does: string, bad: BadHandshake): Fault => ({
  name: `handshake-${name}`,
  does: `the connection breaks, and for ${handshakeSeconds} s handshakes ${does}`,
  plant: async ({ proxy }) => {
    proxy.handshake = bad;
    proxy.drop();
    await seconds(handshakeSeconds);
    proxy.mend();
  },
});

/** Ingest is killed, and has to start while REST gives no answer that is any good. */
const rest = (name: string, does: string, bad: BadAnswer): Fault => ({
  name: `rest-${name}`,
  does: `ingest is killed, and for ${restSeconds} s REST ${does}`,
  plant: async ({ pipeline, proxy }) => {
    proxy.answer = bad;
    pipeline.signal('ingest', 'SIGKILL');
    await seconds(restSeconds);
    proxy.mend();
  },
});

/** For the healer to ask, and to be suspended. */
const suspendedSeconds = 15;

/** The connection breaks, so that the running ingest asks REST and is suspended; then it is killed, and starts suspended. */
const suspension = (name: string, does: string, bad: BadAnswer): Fault => ({
  name: `rest-${name}`,
  does: `the connection breaks, REST ${does}, and ingest is killed ${suspendedSeconds} s later; for ${suspendedSeconds + restSeconds} s`,
  plant: async ({ pipeline, proxy }) => {
    proxy.answer = bad;
    proxy.drop();
    await seconds(suspendedSeconds);
    pipeline.signal('ingest', 'SIGKILL');
    await seconds(restSeconds);
    proxy.mend();
  },
});

const { tooManyRequests, forbidden, htmlInstead } = failedAnswers;
const retryAfter = (value: string) => ({ ...tooManyRequests, headers: { 'retry-after': value } });

export const handshakeFaults: readonly Fault[] = [
  handshake('429', 'are answered with 429', refused(tooManyRequests)),
  handshake('403', 'are answered with 403', refused(forbidden)),
  handshake('html', 'are answered with a page', refused(htmlInstead)),
  handshake('silent', 'are not answered', silent),
  handshake('by-drops', 'are answered with a byte every 300 ms', byDrops),
];

export const restFaults: readonly Fault[] = [
  rest('html', 'answers with a page', instead(htmlInstead)),
  rest('silent', 'does not answer', silence),
  rest('trickle', 'answers with a byte every 300 ms', trickle),
  rest('endless', 'answers without an end', endless),
  suspension('403', 'answers with 403', instead(forbidden)),
  suspension('429', 'answers with 429, to be tried again after 30 s', instead(retryAfter('30'))),
  suspension('429-for-years', 'answers with 429, to be tried again after 99999999 s', instead(retryAfter('99999999'))),
];
