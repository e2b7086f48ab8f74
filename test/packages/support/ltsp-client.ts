/** A client that starts an image of LTSP, on the host of the LTSP server that made it. */
import type { Outcome } from '../../cluster/support/run.js';
import type { CleanRoot } from './clean-root.js';
import { bootSystemd } from './systemd.js';

export interface LtspClient {
  /** Runs shell text on it as root. */
  run(script: string): Promise<Outcome>;
  /** The same. @throws when it fails */
  sh(script: string): Promise<string>;
  /** Removes what it had of the machine. To be called when the LTSP server has stopped. */
  cleanUp(): Promise<void>;
}

const initrd = '/run/initrd';
const sysroot = `${initrd}/sysroot`;

/**
 * The way through the initrd. In it is what `ltsp initrd` has made, over the server's own root for the tools that
 * initramfs brings; the root is the server's /srv/ltsp, as over NFS. `ltsp initrd-bottom` mounts the image there, and
 * puts LTSP's init in the place of systemd's.
 */
const throughInitrd = `
  mkdir -p ${initrd} ${initrd}-upper ${initrd}-work
  mount -t overlay overlay -o lowerdir="$0",upperdir=${initrd}-upper,workdir=${initrd}-work ${initrd}
  rm -r ${initrd}/usr/share/ltsp ${initrd}/etc/ltsp
  chroot ${initrd} busybox cpio -id <"$0/srv/tftp/ltsp/ltsp.img"
  mount -t proc proc ${initrd}/proc; mount --rbind /dev ${initrd}/dev; mount -t sysfs -o ro sysfs ${initrd}/sys
  mount -t tmpfs -o mode=755 tmpfs ${initrd}/run; mkdir -p ${initrd}/run/ltsp/client ${sysroot}
  mount --bind "$0/srv/ltsp" ${sysroot}
  chroot ${initrd} env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "IMAGE=images/$1.img" /usr/share/ltsp/ltsp initrd-bottom
  mount -t tmpfs -o mode=755 tmpfs ${sysroot}/run`;

export async function startLtspClient({ host, place }: CleanRoot, image: string): Promise<LtspClient> {
  const { code, stdout, stderr } = await host.run(['sh', '-euc', throughInitrd, place, image]);
  if (code !== 0) throw new Error(`the initrd ended with code ${code}\n${stdout}${stderr}`);
  const { enter, cleanUp } = await bootSystemd(host, sysroot, {
    command: ['/sbin/init'],
    systemd: ['--full', '^/sbin/init$'],
  });
  const run = (script: string): Promise<Outcome> => host.run([...enter, 'sh', '-euc', script], { timeoutMs: 60_000 });
  return {
    run,
    async sh(script) {
      const outcome = await run(script);
      if (outcome.code !== 0) throw new Error(`code ${outcome.code}: ${script}\n${outcome.stdout}${outcome.stderr}`);
      return outcome.stdout;
    },
    cleanUp,
  };
}
