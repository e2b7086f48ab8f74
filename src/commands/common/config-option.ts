/** For every command that reads the settings, before its name and behind it. */
export const configOption = ['--config <file>', 'lts.conf file (default: /etc/lts.conf where it exists)'] as const;

export interface ConfigOption {
  readonly config?: string;
}
