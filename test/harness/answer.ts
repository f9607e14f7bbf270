import { get } from 'node:http';

/** The answer to a question; status 0: none. */
export interface Answer {
  status: number;
  body: string;
}

/**
 * Patient: on a busy machine a slow answer is none of a deploy's doing. On a connection of its own,
 * because one that was kept may have been closed by the service meanwhile, as is its right.
 */
export function answerAt(url: string, limitMs = 20_000): Promise<Answer> {
  return new Promise((resolve) => {
    const nothing = () => resolve({ status: 0, body: '' });
    const request = get(url, { agent: false, timeout: limitMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('timeout', () => request.destroy());
    request.on('close', nothing);
    request.on('error', nothing);
  });
}
