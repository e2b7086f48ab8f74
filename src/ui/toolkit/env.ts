/**
 * First import of the greeter. node-gtk frees values that GLib's slice allocator has allocated, so that allocator must
 * be off. GLib reads this variable once, when it is loaded.
 */
process.env.G_SLICE = 'always-malloc';
/**
 * GDK asks Mesa for OpenGL when it opens a display, even if nothing uses it, and Mesa's software renderer loads LLVM:
 * 50 MB on Debian 13.
 */
process.env.GDK_GL ??= 'disable';
/** The windows open local files only. With gvfs installed, GIO would start its daemon on the session's bus. */
process.env.GIO_USE_VFS ??= 'local';
