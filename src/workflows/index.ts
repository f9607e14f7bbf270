export { deploy } from './deploy';
