/**
 * First import of the greeter: GLib's slice allocator and node-gtk's values do not go together (freed by one, allocated
 * by the other), and GLib reads this variable once, when it is loaded.
 */
process.env.G_SLICE = 'always-malloc';
