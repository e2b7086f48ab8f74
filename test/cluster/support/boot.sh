# First process of a host made of namespaces: gives it a name, a /proc, and private copies of what it may change.
# Says `ready PID` (PID as the machine counts), then lives until its standard input closes: when the test process ends
# in whatever way, so does every process of the host, and with the last of them its network.
set -eu
checkout=$1
name=$2
# /proc is still the machine's, so this is our number there.
read -r pid _ </proc/self/stat

hostname "$name"
mount -t proc proc /proc
# Nothing written below reaches the machine. The checkout stays visible wherever it lies.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/checkout /run/etc /run/sshd /run/home
chmod 755 /run/sshd
mount --bind "$checkout" /run/checkout
mount -t tmpfs -o mode=755 tmpfs /var/log
mount -t tmpfs -o mode=1777 tmpfs /tmp
[ ! -d /dev/shm ] || mount -t tmpfs -o mode=1777 tmpfs /dev/shm
if [ ! -d "$checkout" ]; then
  mkdir -p "$checkout"
  mount --bind /run/checkout "$checkout"
fi
cp -a /etc/. /run/etc
mount --bind /run/etc /etc
mkdir -p /etc/ssh /tmp/.X11-unix
chmod 1777 /tmp/.X11-unix
rm -f /etc/ssh/ssh_host_* /etc/ssh/ssh_known_hosts /etc/resolv.conf /etc/nologin
: >/etc/resolv.conf
echo "$name" >/etc/hostname

ip link set lo up
echo "ready $pid"
# With the signal ignored the kernel reaps what becomes our child; sh cannot ignore it.
exec perl -e '$SIG{CHLD} = "IGNORE"; 1 while sysread STDIN, $_, 4096'
