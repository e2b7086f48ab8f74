/* The login window's content in C: the same layout file and style sheets, shown over the whole monitor. */
#include <gtk/gtk.h>

int main(int argc, char **argv)
{
  gtk_init(&argc, &argv);
  if (argc < 2)
    return 64;
  for (int i = 2; i < argc; i++) {
    GtkCssProvider *sheet = gtk_css_provider_new();
    gtk_css_provider_load_from_path(sheet, argv[i], NULL);
    gtk_style_context_add_provider_for_screen(gdk_screen_get_default(), GTK_STYLE_PROVIDER(sheet),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + i);
  }
  GtkBuilder *layout = gtk_builder_new_from_file(argv[1]);
  GtkWindow *window = GTK_WINDOW(gtk_builder_get_object(layout, "window"));
  GdkDisplay *display = gdk_display_get_default();
  GdkMonitor *monitor = gdk_display_get_primary_monitor(display);
  GdkRectangle area;
  gdk_monitor_get_geometry(monitor ? monitor : gdk_display_get_monitor(display, 0), &area);
  gtk_style_context_add_class(gtk_widget_get_style_context(GTK_WIDGET(window)), "large");
  gtk_window_move(window, area.x, area.y);
  gtk_window_set_default_size(window, area.width, area.height);
  gtk_window_resize(window, area.width, area.height);
  gtk_widget_show(GTK_WIDGET(window));
  gtk_main();
  return 0;
}
