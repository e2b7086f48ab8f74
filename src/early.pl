# Starts the greeter's process beside ldm, whose Node would need 40 ms until it could (bin/ldm). Two socket pairs join them, as
# after a fork by Node: a channel of messages, and typed text. A shell is the greeter's parent; through a third pair it tells
# ldm the number of the process and how it ends (src/greeter/processes/adopted-greeter.ts). Perl, because no shell makes socket
# pairs. Where something fails, ldm starts the greeter itself.
#   early.pl FOLDER COMMAND...   FOLDER has greeter.cjs, COMMAND is ldm
use strict;
use warnings;

# The greeter has its channel and typed text where Node's fork would put them: 3 and 4. The path is given in parts, so that who
# looks for the greeter does not find this shell. It ends after ldm, which would otherwise keep it as a zombie.
my $parent = <<'END';
trap : INT TERM HUP
NODE_CHANNEL_FD=3 node "$1/$2.cjs" looks-follow 3<&5 4<&7 5<&- 7<&- </dev/null &
exec 5<&- 7<&- 2>/dev/null
echo "$!" >&3
while wait "$!"; code=$?; kill -0 "$!" 2>/dev/null; do :; done
echo "$code" >&3
read -r _ <&3
END

# AF_UNIX and SOCK_STREAM on every architecture that Debian 13 has. Loading Socket.pm takes 10 ms.
my ($unix, $stream) = (1, 1);
# File descriptors up to this one stay open across exec.
$^F = 15;
my ($folder, @command) = @ARGV;
# Kept until then.
our @open;

sub start_greeter {
  my ($end, $ldm_end, $channel, $ldm_channel, $typed, $ldm_typed);
  for ([\$end, \$ldm_end], [\$channel, \$ldm_channel], [\$typed, \$ldm_typed]) {
    socketpair(${$_->[0]}, ${$_->[1]}, $unix, $stream, 0) or return;
  }
  # A shell takes only numbers of one digit.
  return if fileno($end) != 3 || fileno($channel) != 5 || fileno($typed) != 7;
  my $child = fork;
  return if !defined $child;
  if ($child == 0) {
    close $_ for $ldm_end, $ldm_channel, $ldm_typed;
    exec '/bin/sh', '-c', $parent, 'ldm-greeter', $folder, 'greeter' or exit 127;
  }
  @open = ($ldm_end, $ldm_channel, $ldm_typed);
  $ENV{NODE_CHANNEL_FD} = fileno($ldm_channel);
  $ENV{LDM_EARLY_GREETER} = fileno($ldm_typed) . ',' . fileno($ldm_end);
}

start_greeter();
exec { $command[0] } @command;
warn "ldm: $command[0]: $!\n";
exit 127;
