/** Sockets that systemd opened for this process (sd_listen_fds(3)): descriptors from 3 on. */
export function activatedDescriptors(environment: Readonly<Record<string, string | undefined>>, pid: number): number[] {
  const { LISTEN_FDS: count = '', LISTEN_PID: forPid = '' } = environment;
  if (!/^\d{1,3}$/.test(count) || forPid !== String(pid)) return [];
  return Array.from({ length: Number(count) }, (_, index) => firstDescriptor + index);
}

const firstDescriptor = 3;
