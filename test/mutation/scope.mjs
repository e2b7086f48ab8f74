/** The folders whose decisions are mutated. Programs, windows and the demo have tests of their own. */
const folders = [
  'greeter',
  'image-keys',
  'ldminfod',
  'login',
  'protocol',
  'servers',
  'session',
  'settings',
  'shared',
].map((folder) => `src/${folder}/`);

/** Files and folders in them that are left out: effects. The cluster, window and package tests run these for real. */
export const effects = [
  'greeter/attempt/session-watch.ts',
  'greeter/client/assistive-tools.ts', // starts the programs of the Accessibility menu
  'greeter/client/client-controls.ts', // restarts and shuts down
  'greeter/client/keyboard.ts', // setxkbmap
  'greeter/client/network-watch.ts', // `ip monitor`
  'greeter/current-dependencies.ts', // puts the real parts together
  'greeter/processes/adopted-greeter.ts', // the channel of the process
  'greeter/processes/answer-pipe.ts', // child processes and their channels
  'greeter/processes/connection-window-process.ts',
  'greeter/processes/fork-greeter.ts',
  'greeter/processes/greeter-process.ts',
  'greeter/processes/windows.ts',
  'greeter/renewal.ts', // watches the files of the program itself

  'image-keys/client-root.ts', // writes into the root of a client
  'image-keys/key-offer.ts', // what a socket receives
  'image-keys/key-scan.ts', // sockets of many servers at a time

  'ldminfod/activation.ts', // file descriptors of systemd
  'ldminfod/info-server.ts', // sockets
  'ldminfod/log.ts', // standard error
  'ldminfod/log-events.ts', // texts
  'ldminfod/main.ts', // puts the parts together
  'ldminfod/rating/rating-command.ts', // child processes
  'ldminfod/registry/registrar.ts', // timers over HTTP
  'ldminfod/registry/remembered-lookup.ts', // the resolver of the system
  'ldminfod/status.ts', // sockets
  'ldminfod/usage.ts', // a text

  'login/connect.ts', // puts the real parts together

  'protocol/etcd-files.ts', // files
  'protocol/etcd-gateway.ts', // HTTP

  'servers/dial.ts', // TCP
  'servers/dns/addresses.ts', // name servers
  'servers/dns/resolve.ts', // starts `getent`
  'servers/read-from.ts',
  'servers/ssh-check.ts',

  'session/devices/drives/drive-events.ts', // log, and notices on the server
  'session/devices/drives/served-drive.ts', // mounts and channels of ssh2
  'session/devices/drives/session-drives.ts',
  'session/devices/drives/sftp/serve.ts', // channels of ssh2; the cluster tests prove it with sshfs
  'session/devices/drives/udisks.ts', // starts busctl
  'session/devices/local-socket.ts', // sockets
  'session/devices/own-pulseaudio.ts', // starts PulseAudio
  'session/devices/printers.ts', // sockets
  'session/devices/relay.ts', // channels of ssh2
  'session/devices/sound.ts', // starts PulseAudio
  'session/other-sessions.ts', // its script ends other processes
  // A mutant of the command that starts the desktop started the X session of the machine that ran the tests (it wrote
  // /nowhere/.xsession-errors).
  'session/remote-command.ts',
  'session/hooks/remote-socket.ts',
  'session/ssh/connection.ts', // ssh2
  'session/ssh/open-connection.ts',
  'session/ssh/server-watch.ts', // timers over a socket
  'session/ssh/tcp-queue.ts', // /proc
  'session/ssh/verified-connection.ts',
  'session/ssh2/', // the internals of ssh2, and arithmetic that is proved by test vectors and by sshd
  'session/x11/client.ts', // X11 streams
  'session/x11/desktop-watch.ts',
  'session/x11/display.ts',
  'session/x11/display-watch.ts',
  'session/x11/forwarded-client.ts',
  'session/x11/forwarding.ts',
  'session/x11/keyboard.ts',
  'session/x11/screen-rest.ts',
  'session/x11/user-idle.ts',

  'settings/manual.ts', // writes docs/settings.md, which a test compares

  'shared/files/', // files
  'shared/log/journal.ts', // file descriptors
  'shared/log/log-events.ts', // texts
  'shared/log/log-manual.ts', // writes a manual, which a test compares
  'shared/markdown-table.ts',
  'shared/programs/process-group.ts', // a mutant could end processes that are not the test's own
  'shared/programs/run-program.ts', // child processes
].map((path) => `src/${path}`);

/** @param {string} file relative to the project */
export const isMutated = (file) =>
  /(?<!\.d)\.ts$/.test(file) &&
  folders.some((folder) => file.startsWith(folder)) &&
  !effects.some((path) => file.startsWith(path));

const nameOf = (node) => node?.name ?? node?.property?.name ?? node?.id?.name ?? node?.property?.id?.name ?? '';

/** An argument of `log.warn(...)` and the like: the event and its details. */
function isLogArgument({ parent, listKey }) {
  if (parent?.type !== 'CallExpression' || listKey !== 'arguments') return false;
  return /log$/i.test(nameOf(parent.callee.type === 'MemberExpression' ? parent.callee.object : parent.callee));
}

/** The message of an error. A stable code has no space, and is mutated. */
function isErrorMessage({ parent, listKey, node }) {
  if (parent?.type !== 'NewExpression' || listKey !== 'arguments' || !/Error$/.test(nameOf(parent.callee)))
    return false;
  return node.type === 'TemplateLiteral' || (node.type === 'StringLiteral' && /\s/.test(node.value));
}

/** A sentence that is translated. */
const isSentence = ({ parent, listKey }) =>
  parent?.type === 'CallExpression' && listKey === 'arguments' && /^tn?$/.test(nameOf(parent.callee));

/**
 * Leaves out texts for people: no decision depends on the wording of a log line, an error message or a sentence of the
 * login screen. Whether they are written or shown at all is mutated.
 */
export const texts = {
  shouldIgnore: (path) => (isLogArgument(path) || isErrorMessage(path) || isSentence(path) ? 'a text' : undefined),
};
