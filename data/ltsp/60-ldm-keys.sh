# Puts the servers' host keys into every image that `ltsp image` makes, before mksquashfs packs it.
# Install in /usr/share/ltsp/server/image/; ltsp sources it and runs the function named after the file (ltsp(8)).
# To skip it once: LTSP_SKIP_SCRIPTS=ldm_keys ltsp image ...

ldm_keys_main() {
    local code

    # $_COW_DIR is the image's root on an overlay: the original chroot is not changed
    re test "ldm_keys_main:$_COW_DIR" != "ldm_keys_main:"
    code=0
    ldm keys update --root "$_COW_DIR" || code=$?
    case "$code" in
        0) ;;
        66) warn "No host keys to put into $_IMG_NAME: its clients will trust no server; see ldm keys scan" ;;
        *) die "The host keys cannot be put into $_IMG_NAME (ldm keys update: $code)" ;;
    esac
}
