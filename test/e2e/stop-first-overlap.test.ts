import { stopFirstCases } from './stop-first-cases';

stopFirstCases('overlap');
