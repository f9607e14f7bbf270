import { movedCases } from './moved-cases';

movedCases('restart');
