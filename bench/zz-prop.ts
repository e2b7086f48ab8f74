import { ada, Cluster } from '../test/cluster/support/cluster.js';
import { checkout } from '../test/cluster/support/host.js';

const cluster = await Cluster.start({ servers: [{ name: 's1' }] });
await cluster.startX();
await cluster.client.write('/run/askpass', `#!/bin/sh\necho '${ada.password}'\n`, 0o755);
const env = { ...cluster.environment, SSH_ASKPASS: '/run/askpass', SSH_ASKPASS_REQUIRE: 'force' };
const cmd = process.argv[2] ?? 'x11perf -repeat 1 -time 3 -prop';
const rate = (s: string) => /\(\s*([\d.]+)\/sec\)/.exec(s)?.[1];
for (let i = 0; i < 3; i++) {
  console.log('ldm', rate((await cluster.login(ada, [cmd], { args: ['--server', 's1'] })).stdout));
  console.log('ssh', rate((await cluster.client.run(['ssh', '-Y', 'ada@s1', cmd], { env })).stdout));
}
await cluster.client.sh('mkdir -p /run/prof');
const p = await cluster.client.run(
  [
    'nice',
    '-n',
    '-5',
    'node',
    '--cpu-prof',
    '--cpu-prof-dir=/run/prof',
    `${checkout}/dist/ldm.mjs`,
    'login',
    '--user',
    'ada',
    '--password-file',
    '-',
    '--server',
    's1',
    '--',
    cmd,
  ],
  { env, input: `${ada.password}\n` },
);
console.log('prof', rate(p.stdout));
await cluster.client
  .run(['sh', '-c', 'cat /run/prof/*'])
  .then((o) => import('node:fs').then((fs) => fs.writeFileSync('/tmp/p/prop.cpuprofile', o.stdout)));
const st = await cluster.client.run(
  [
    'sh',
    '-c',
    `strace -f -c -o /run/st node ${checkout}/dist/ldm.mjs login --user ada --password-file - --server s1 -- "${cmd}"; head -20 /run/st`,
  ],
  { env, input: `${ada.password}\n` },
);
console.log(st.stdout);
const tr = await cluster.client.run(
  [
    'sh',
    '-c',
    `strace -f -tt -o /run/st2 node ${checkout}/dist/ldm.mjs login --user ada --password-file - --server s1 -- "${cmd}"; tail -n 3000 /run/st2 | head -60`,
  ],
  { env, input: `${ada.password}\n` },
);
console.log(tr.stdout);
await cluster.stop();
