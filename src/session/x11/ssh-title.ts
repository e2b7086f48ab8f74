/**
 * Names this process `ssh: ` and its command line, so that the X server knows that its connections come from another
 * machine. Xorg (1.18 and later, `ComputeLocalClient` in os/access.c) takes every client of its Unix socket for a local
 * one, unless the program is called `ssh`; what follows a colon does not matter. A local client may use MIT-SHM and DRI3:
 * a program on the server would attach shared memory of this machine that happens to have the number of its own. It
 * could read what is not its own; and it ends with BadAccess at the first number that nobody has, as Xfce's desktop did.
 */
export function takeSshTitle(): void {
  process.title = ['ssh:', ...process.argv.slice(1)].join(' ');
}
