import { movedCases } from './moved-cases';

movedCases('overlap');
