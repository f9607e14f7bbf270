/** Certificates of a cluster: one authority, the servers', and one client's. Each cluster has its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../hosts/run';

/** The name in the servers' certificate, whatever address they have. */
export const SERVER_NAME = 'temporal.test';

export interface Certificates {
  authority: string;
  server: { certificate: string; key: string };
  client: { certificate: string; key: string };
}

const DAYS = '2';
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

/** Writes them as files into a folder. @throws Error when openssl is missing */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => runOrThrow('openssl', args);
  const authority = file('ca.pem');
  const asAuthority = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign'];
  await openssl(
    ...['req', '-x509', ...KEY, '-days', DAYS, '-subj', '/CN=Landfall test authority', ...asAuthority],
    ...['-keyout', file('ca.key'), '-out', authority],
  );
  const signed = async (name: string, purpose: string) => {
    const extensions = file(`${name}.ext`);
    writeFileSync(extensions, `subjectAltName=DNS:${SERVER_NAME}\nextendedKeyUsage=${purpose}\n`);
    await openssl(
      'req',
      '-new',
      ...KEY,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.csr`),
    );
    await openssl(
      ...['x509', '-req', '-in', file(`${name}.csr`), '-CA', authority, '-CAkey', file('ca.key')],
      ...['-CAcreateserial', '-days', DAYS, '-extfile', extensions, '-out', file(`${name}.pem`)],
    );
    return { certificate: file(`${name}.pem`), key: file(`${name}.key`) };
  };
  // The servers are clients of each other.
  const server = await signed('server', 'serverAuth,clientAuth');
  const client = await signed('client', 'clientAuth');
  return { authority, server, client };
}
