export { deploy } from './deploy';
export { doctor } from './doctor';
export { repair } from './repair';
