export { deploy } from './deploy';
export { doctor } from './doctor';
export { plan } from './plan';
export { repair } from './repair';
