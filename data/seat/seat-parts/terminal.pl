#!/usr/bin/perl
# Sets what the virtual terminal N shows while no X server draws on it:
#   terminal.pl N blank [show]   black, without a cursor and without typed text
#   terminal.pl N text [show]    the text from standard input
#   terminal.pl N keep [show]    the current content
# show: switches the screen to that terminal. CLEAR_SCREEN in the environment is what clears it.
# Perl, because every Debian has it and a shell has no ioctl(2). A missing terminal is not an error.
use strict;
use warnings;
use Fcntl qw(O_RDWR O_NOCTTY O_APPEND);

# linux/kd.h, linux/vt.h
use constant {
    KDSETMODE     => 0x4B3A,
    KD_TEXT       => 0,
    KDSKBMODE     => 0x4B45,
    K_UNICODE     => 3,
    K_OFF         => 4,
    VT_SETMODE    => 0x5602,
    VT_ACTIVATE   => 0x5606,
    VT_WAITACTIVE => 0x5607,
    VT_MODE_AUTO  => pack( 'ccs3', 0, 0, 0, 0, 0 ),
};

my ( $number, $what, $show ) = @ARGV;
sysopen( my $terminal, "/dev/tty$number", O_RDWR | O_NOCTTY | O_APPEND ) or exit 0;

if ( $what eq 'blank' or $what eq 'text' ) {

    # An X server that was killed leaves its terminal in graphics mode, owned by a process that is gone, and deaf to
    # Ctrl-Alt-F1. The old keyboard mode is restored as soon as text is shown here.
    ioctl( $terminal, KDSETMODE, KD_TEXT );
    my $mode = VT_MODE_AUTO;
    ioctl( $terminal, VT_SETMODE, $mode );
    ioctl( $terminal, KDSKBMODE, $what eq 'blank' ? K_OFF : K_UNICODE );
}

my $screen = $ENV{CLEAR_SCREEN} // q{};
if ( $what eq 'text' ) {
    local $/ = undef;
    my $text = <STDIN> // q{};
    # The terminal would execute control characters, including C1 in UTF-8.
    $text =~ s/[^\n[:print:]\x80-\xff]|\xc2[\x80-\x9f]//g;
    $text =~ s/^/  /gm;
    $text =~ s/\n/\r\n/g;
    $screen .= "\r\n$text";
}
syswrite( $terminal, $screen ) if $what ne 'keep';
if ($show) {

    # A terminal whose owner does not release it must not block the seat.
    alarm 5;
    ioctl( $terminal, VT_ACTIVATE, int $number ) and ioctl( $terminal, VT_WAITACTIVE, int $number );
}
