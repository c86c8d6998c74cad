import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';

async function listen(port: number): Promise<Server | null> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return server;
  } catch {
    return null;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

async function freePort(): Promise<number> {
  const server = await listen(0);
  if (server === null) return freePort();
  const { port } = server.address() as AddressInfo;
  // A connection closed from the server's side first stays in TIME_WAIT, and for a minute the system gives the port to
  // nobody who asks for any free one. Listening on it explicitly still works.
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const clientClosed = once(client, 'close');
  socket.end();
  client.resume();
  await clientClosed;
  await close(server);
  return port;
}

/** The first preferred port that is free, or any free one. */
export async function choosePort(...preferred: readonly (number | undefined)[]): Promise<number> {
  for (const port of preferred) {
    if (port === undefined) continue;
    const server = await listen(port);
    if (server === null) continue;
    await close(server);
    return port;
  }
  return freePort();
}

/** Does anything listen there? */
export async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
