import { createServer, type Server } from 'node:http';
import { toBase64 } from '../../../src/protocol/etcd-gateway.js';

const members: Server[] = [];

/** For afterEach. */
export function closeMembers(): void {
  for (const member of members.splice(0)) {
    member.closeAllConnections();
    member.close();
  }
}

export interface RangeRequest {
  readonly key: string;
  readonly range_end: string;
  readonly serializable: boolean;
}

/** A member of etcd on loopback. @param answer the body of an answer; undefined for silence */
export async function member(answer: (request: RangeRequest) => object | undefined, status = 200): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const said = answer(JSON.parse(body) as RangeRequest);
      if (said !== undefined)
        response.writeHead('code' in said && status === 200 ? 503 : status).end(JSON.stringify(said));
    });
  });
  members.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const place = server.address();
      resolve(`http://127.0.0.1:${place !== null && typeof place === 'object' ? place.port : 0}`);
    });
  });
}

/** The answer with servers by name, and what their ldminfod says. */
export const range = (entries: Readonly<Record<string, string>>) => ({
  header: {},
  kvs: Object.entries(entries).map(([name, value]) => ({
    key: toBase64(`/ldm/servers/${name}`),
    value: toBase64(value),
  })),
});
