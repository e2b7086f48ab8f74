import { afterAll, afterEach, beforeAll } from 'vitest';
import { Cluster, type ClusterOptions } from './cluster.js';

/**
 * One cluster for the tests of a group: started before the first, healed after each, ended after the last.
 * @param check what must hold after each test, before the cluster is healed; throws where it does not
 * @returns what gives it inside a test
 */
export function useCluster(options: ClusterOptions, check?: (cluster: Cluster) => Promise<void>): () => Cluster {
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    cluster = await Cluster.start(options);
  });
  afterEach(async () => {
    if (cluster === undefined) return;
    try {
      await check?.(cluster);
    } finally {
      await cluster.reset();
    }
  });
  afterAll(() => cluster?.stop());
  return () => {
    if (cluster === undefined) throw new Error('the cluster has not started');
    return cluster;
  };
}
