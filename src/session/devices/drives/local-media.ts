/** A file system on a medium that somebody has put into this client. */
export interface Medium {
  /** Another one for each file system: a medium that takes the place of another one is another. */
  readonly id: string;
  /** The name of the file system, else of the drive; untrusted. */
  readonly label: string;
  /** Whether it is mounted. */
  readonly isMounted: boolean;
}

/** The removable media of this client. */
export interface LocalMedia {
  /**
   * Tells what is there: at once, and after each change.
   * @param failed called when it is not known, until it is known again
   */
  watch(changed: (media: readonly Medium[]) => void, failed: (problem: string) => void): { stop(): void };
  /** @returns where it is mounted @throws where it is not */
  mount(medium: Medium): Promise<string>;
  /** Resolves when everything is written. @throws where it cannot be unmounted */
  unmount(medium: Medium): Promise<void>;
  /** Has the drive let the medium go, where it can do so and nothing else of it is mounted. Never throws. */
  eject(medium: Medium): Promise<void>;
  /** Unmounts what an earlier process of this user has left mounted, where nothing uses it. Never throws. */
  unmountLeftovers(): Promise<void>;
}
