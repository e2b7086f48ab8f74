/**
 * First import of the greeter. GLib's slice allocator and node-gtk's values do not go together (freed by one, allocated
 * by the other), and GLib reads this variable once, when it is loaded.
 */
process.env.G_SLICE = 'always-malloc';
/**
 * GDK asks Mesa for OpenGL when it opens a display, whether or not somebody draws with it, and Mesa's software renderer
 * loads LLVM: 50 MB on Debian 13.
 */
process.env.GDK_GL ??= 'disable';
