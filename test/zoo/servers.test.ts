import { describeZoo } from './describe-zoo';
import { SERVERS } from './rows';

describeZoo('servers, and processes next to them', SERVERS);
