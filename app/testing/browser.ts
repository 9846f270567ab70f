import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** Whether Debian's chromium is there. */
export const hasChromium = spawnSync('chromium', ['--version']).status === 0;

/** One page of a headless browser, led over the Chrome DevTools protocol. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  #sent = 0;

  private constructor(child: ChildProcess, socket: WebSocket) {
    this.#process = child;
    this.#socket = socket;
  }

  /** @param profile a folder of its own */
  static async open(profile: string): Promise<Browser> {
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0'];
    const child = spawn('chromium', [...options, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let port: string | undefined;
    for await (const line of createInterface(child.stderr!)) {
      port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(line)?.[1];
      if (port) break;
    }
    const answer = await fetch(`http://127.0.0.1:${port}/json`);
    const pages = (await answer.json()) as { type: string; webSocketDebuggerUrl: string }[];
    const page = pages.find(({ type }) => type === 'page')!;
    const socket = new WebSocket(page.webSocketDebuggerUrl, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Browser(child, socket);
  }

  async goTo(url: string): Promise<void> {
    await this.#ask('Page.navigate', { url });
    while (
      (await this.run('document.readyState')) !== 'complete' ||
      (await this.run('location.href')) === 'about:blank'
    )
      await sleep(50);
  }

  /** The value of an expression on the page, once it is there. */
  async run(expression: string): Promise<unknown> {
    const { result } = await this.#ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    return (result as { value?: unknown } | undefined)?.value;
  }

  async close(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#socket.terminate();
    this.#process.kill('SIGKILL');
    await gone;
  }

  async #ask(method: string, params: object): Promise<{ [name: string]: unknown }> {
    this.#sent += 1;
    const id = this.#sent;
    const answered = new Promise<{ [name: string]: unknown }>((resolve) => {
      const listen = (data: Buffer) => {
        const message = JSON.parse(data.toString());
        if (message.id !== id) return;
        this.#socket.off('message', listen);
        resolve(message.result ?? {});
      };
      this.#socket.on('message', listen);
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answered;
  }
}
