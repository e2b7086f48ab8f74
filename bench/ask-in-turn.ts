import { connect } from 'node:net';
import type { AskInTurnTask, TaskResult } from './task.js';

/** Asks the servers one after the other, like a shell loop around `nc -w 5`. */
export async function askInTurn({ servers, port, timeoutMs }: AskInTurnTask): Promise<TaskResult> {
  const began = performance.now();
  let answered = 0;
  for (const host of servers) if ((await askOne(host, port, timeoutMs)) !== '') answered += 1;
  return { kind: 'measured', ms: performance.now() - began, text: String(answered) };
}

function askOne(host: string, port: number, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (data: Buffer) => {
      text += data.toString();
    });
    for (const event of ['end', 'timeout', 'error'] as const) socket.on(event, end);
  });
}
