/** Every command that reads the settings has it, before and after its name. */
export const configOption = ['--config <file>', 'lts.conf file (default: /etc/lts.conf where it exists)'] as const;

export interface ConfigOption {
  readonly config?: string;
}
