import { describeZoo } from './describe-zoo';
import { PACKAGING } from './rows';

describeZoo('how dependencies are found and installed', PACKAGING);
